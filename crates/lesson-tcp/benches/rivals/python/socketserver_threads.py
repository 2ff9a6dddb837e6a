"""A thread for each client, with the standard library's socketserver.

    socketserver_threads.py IP echo    sends back what comes (RFC 862)
    socketserver_threads.py IP page    reads once, sends 42 bytes, closes
"""

import socketserver
import sys

PAGE = "HTTP/1.1 200 OK \r\n\r\n<h1> 一起加油 !!!</h1>".encode("gb2312")


class Echo(socketserver.BaseRequestHandler):
    def handle(self):
        while data := self.request.recv(4096):
            self.request.sendall(data)


class Page(socketserver.BaseRequestHandler):
    def handle(self):
        if self.request.recv(4096):
            self.request.sendall(PAGE)


class Server(socketserver.ThreadingTCPServer):
    daemon_threads = True
    request_queue_size = 1024


def main():
    ip, dialogue = sys.argv[1:]
    with Server((ip, 0), Page if dialogue == "page" else Echo) as server:
        ip, port = server.server_address
        print(f"listening on {ip}:{port}", flush=True)
        server.serve_forever()


main()
