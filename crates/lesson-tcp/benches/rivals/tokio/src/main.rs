//! tokio with its default runtime, a worker thread for each core.
//!
//! ```text
//! tokio-rival IP echo    sends back what comes, until the client closes (RFC 862)
//! tokio-rival IP page    reads once, sends 42 bytes, closes
//! ```

use std::{env, io, net::IpAddr};

use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::{TcpListener, TcpStream},
    runtime::Runtime,
};

fn main() -> io::Result<()> {
    let mut arguments = env::args().skip(1);
    let (Some(ip), Some(dialogue)) = (arguments.next(), arguments.next())
    else {
        return Err(io::Error::other("usage: tokio-rival IP echo|page"));
    };
    let ip: IpAddr = ip.parse().map_err(io::Error::other)?;
    Runtime::new()?.block_on(serve(ip, dialogue == "page"))
}

async fn serve(ip: IpAddr, is_page: bool) -> io::Result<()> {
    let listener = TcpListener::bind((ip, 0)).await?;
    println!("listening on {}", listener.local_addr()?);
    loop {
        let (stream, _) = listener.accept().await?;
        tokio::spawn(async move {
            // What goes wrong with a client is that client's own.
            let _ =
                if is_page { page(stream).await } else { echo(stream).await };
        });
    }
}

async fn echo(mut stream: TcpStream) -> io::Result<()> {
    let mut buffer = [0; 4096];
    loop {
        let length = stream.read(&mut buffer).await?;
        if length == 0 {
            return Ok(());
        }
        stream.write_all(&buffer[..length]).await?;
    }
}

async fn page(mut stream: TcpStream) -> io::Result<()> {
    if stream.read(&mut [0; 4096]).await? > 0 {
        stream.write_all(PAGE).await?;
    }
    Ok(())
}

const PAGE: &[u8] = b"HTTP/1.1 200 OK \r\n\r\n<h1> \xd2\xbb\xc6\xf0\
    \xbc\xd3\xd3\xcd !!!</h1>";
