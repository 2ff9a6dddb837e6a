//! `udp-server --step 4`: answers with the id of the question.

use std::{
    error::Error,
    net::{SocketAddr, UdpSocket},
    time::Duration,
};

use clap::{Arg, ArgAction, ArgMatches};
use common::cli;
use lesson_udp::{
    Event,
    step04_connect::{interfere, serve},
};

use crate::{bind_failed, show, tell};

pub(crate) fn args() -> [Arg; 1] {
    [Arg::new("stranger")
        .long("stranger")
        .action(ArgAction::SetTrue)
        .help("In step 4, answer first from another port, as a stranger would")]
}

pub(crate) fn run(matches: &ArgMatches) -> Result<(), Box<dyn Error>> {
    let addr: SocketAddr = cli::get(matches, "addr");
    let socket = UdpSocket::bind(addr).map_err(bind_failed(addr))?;
    tell(socket.local_addr()?);
    if !matches.get_flag("stranger") {
        return Err(serve(&socket, &mut show).into());
    }
    let stranger = UdpSocket::bind((addr.ip(), 0))?;
    cli::say(format!("a stranger on {}", stranger.local_addr()?));
    let observe = &mut |event: Event| {
        let asked = match event {
            Event::Datagram { peer, bytes } => Some((peer, bytes.to_vec())),
            Event::Truncated { .. } | Event::Failed { .. } => None,
        };
        show(event);
        // The server has not answered yet.
        if let Some((peer, question)) = asked {
            match interfere(&stranger, peer, &question, WAIT) {
                Ok(true) => cli::say("stranger: connection refused"),
                Ok(false) => cli::say("stranger: sent, no error came back"),
                Err(error) => {
                    cli::complain(format!("stranger: {}", cli::plain(&error)));
                }
            }
        }
    };
    Err(serve(&socket, observe).into())
}

/// Time for an error to come back, and for the learner to see who was first.
const WAIT: Duration = Duration::from_millis(200);
