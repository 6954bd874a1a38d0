"""A token service on loopback: what it was asked, and what it is told to answer."""
import http.server
import json
import ssl
import threading
import urllib.parse


class TokenService:
    """Answers each POST with the next token; `status` and `answer` change that. Ends with stop()."""

    def __init__(self, certificate=None, key=None, client_ca=None, demand=True):
        self.asked, self.status, self.answer = [], 200, None
        self.lifetime = 3600
        self.gate = threading.Event()
        self.gate.set()
        owner = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                form = urllib.parse.parse_qs(self.rfile.read(int(self.headers["Content-Length"])).decode())
                peer = self.connection.getpeercert() if certificate else None
                owner.asked.append({"path": self.path, "headers": dict(self.headers), "peer": peer,
                                    "form": {name: values[0] for name, values in form.items()}})
                owner.gate.wait(20)
                answer = owner.answer or {"access_token": f"token-{len(owner.asked)}", "token_type": "bearer",
                                          "expires_in": owner.lifetime, "scope": "read"}
                text = json.dumps(answer).encode()
                self.send_response(owner.status)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED if demand else ssl.CERT_OPTIONAL
            self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        scheme = "https" if certificate else "http"
        self.url = f"{scheme}://localhost:{self.server.server_port}/oauth/token"
        self.thread = threading.Thread(target=self.server.serve_forever, args=(0.05,), daemon=True)
        self.thread.start()

    def stop(self):
        self.gate.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join(10)
