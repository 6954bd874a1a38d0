"""A token service on loopback: what it was asked, and what it is told to answer."""
import contextlib
import json
import ssl
import threading
import urllib.parse

from receiver import Handler, listening


class TokenService:
    """Answers each POST with the next token; `status` and `answer` change that. Ends with stop()."""

    def __init__(self, certificate=None, key=None, client_ca=None, demand=True):
        self.asked, self.status, self.answer = [], 200, None
        self.lifetime = 3600
        self.gate = threading.Event()
        self.gate.set()
        owner = self

        class Token(Handler):
            def do_POST(self):
                form = urllib.parse.parse_qs(self.body().decode())
                peer = self.connection.getpeercert() if certificate else None
                owner.asked.append({"path": self.path, "headers": dict(self.headers), "peer": peer,
                                    "form": {name: values[0] for name, values in form.items()}})
                owner.gate.wait(20)
                answer = owner.answer or {"access_token": f"token-{len(owner.asked)}", "token_type": "bearer",
                                          "expires_in": owner.lifetime, "scope": "read"}
                self.say(json.dumps(answer).encode(), owner.status, Content_Type="application/json")

        context = None
        if certificate:
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(certificate, key)
            context.load_verify_locations(client_ca)
            context.verify_mode = ssl.CERT_REQUIRED if demand else ssl.CERT_OPTIONAL
        self.running = contextlib.ExitStack()
        server = self.running.enter_context(listening(Token, context))
        self.url = f"{'https' if certificate else 'http'}://localhost:{server.server_port}/oauth/token"

    def stop(self):
        self.gate.set()
        self.running.close()
