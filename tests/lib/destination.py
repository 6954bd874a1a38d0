"""The Destination service with a bearer token of a destination instance, over real HTTP."""
import json
import subprocess
import urllib.parse

V1 = "/destination-configuration/v1/"
V2 = "/destination-configuration/v2/"
PLAIN = {"Name": "plain", "Type": "HTTP", "URL": "https://example.invalid/", "ProxyType": "Internet",
         "Authentication": "NoAuthentication"}


def named(name, **changes):
    return dict(PLAIN, Name=name, **changes)


class Api:
    """One login and its calls."""

    def __init__(self, server):
        self.credentials = json.loads(server.ok("bind", "--vcap").out)["destination"][0]["credentials"]
        form = urllib.parse.urlencode({"grant_type": "client_credentials", "client_id": self.credentials["clientid"],
                                       "client_secret": self.credentials["clientsecret"]})
        done = subprocess.run(["curl", "-sS", self.credentials["url"] + "/oauth/token", "-d", form], capture_output=True,
                              text=True, check=True)
        self.token = json.loads(done.stdout)["access_token"]

    def ask(self, method, path, body=None, *args, text=None):
        """Returns (status, body or its JSON, headers)."""
        command = ["curl", "-sS", "-i", "-X", method, "-H", "Authorization: Bearer " + self.token, *args]
        if body is not None or text is not None:
            command += ["-H", "Content-Type: application/json", "--data-binary", "@-"]
            text = text if text is not None else json.dumps(body)
        if not path.startswith("/"):
            path = V1 + path
        done = subprocess.run([*command, self.credentials["uri"] + path], input=text, capture_output=True, text=True,
                              check=True)
        head, _, answer = done.stdout.replace("\r\n", "\n").partition("\n\n")
        lines = head.split("\n")
        headers = {n.lower(): v for n, _, v in (line.partition(": ") for line in lines[1:])}
        return int(lines[0].split(" ")[1]), json.loads(answer) if answer else "", headers

    def status(self, *args, **kwargs):
        return self.ask(*args, **kwargs)[0]
