"""Requests to /admin/v1 by hand, over the state folder's socket."""
import json

from everything import Admin


class AdminReply:
    def __init__(self, response):
        self.status, self.text = response.status, response.read().decode()
        self.headers = {name.lower(): value for name, value in response.getheaders()}

    @property
    def json(self):
        return json.loads(self.text)

    @property
    def etag(self):
        return self.headers.get("etag")

    def __repr__(self):
        return f"{self.status} {self.headers} {self.text[:500]}"


def ask(server, method, path, body=None, **headers):
    """One request; names of fields with _ for -, a body becomes JSON."""
    connection = Admin(server)
    connection.request(method, "/admin/v1" + path, body=None if body is None else json.dumps(body),
                       headers={name.replace("_", "-"): value for name, value in headers.items()})
    reply = AdminReply(connection.getresponse())
    connection.close()
    return reply
