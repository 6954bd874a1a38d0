"""What most tests want of a server before they begin: a trusted department, an endpoint, an instance, somebody who may call."""
PLAN = '{"grant-types":["client_credentials"],"roles":["ESBMessaging.send"]}'
ORDERS = ("orders", "--reply", "ok")


def trust(server, department):
    """Import the certificates that the department's leaves hang from."""
    server.ok("keystore", "import", department.root, "--alias", "root")
    server.ok("keystore", "import", department.ca, "--alias", "ca")


def make_endpoint(server, name, *options):
    """Make an artifact that is called at /http/ and its name."""
    server.ok("artifact", "create", name, "--address", "/" + name, *options)


def make_instance(server, name="runtime", parameters=PLAN):
    """Make a service instance whose keys may call endpoints; returns its name."""
    server.ok("service-instance", "create", name, "--service", "it-rt", "--plan", "integration-flow", "-c", parameters)
    return name


def sender(server, department, name, key="key"):
    """Let the department make a key pair, and a key of the instance "runtime" know it; returns the pair."""
    leaf = department.leaf(name)
    server.ok("service-key", "create", "runtime", key, "--certificate", leaf.certificate)
    return leaf


def furnished(server, department, name, *artifact, key="key"):
    """The department trusted, an artifact (its name, which is its address too, and options) if one is given, the
    instance "runtime", and a key of it for a pair called `name` that the department makes; returns the pair."""
    trust(server, department)
    if artifact:
        make_endpoint(server, *artifact)
    make_instance(server)
    return sender(server, department, name, key)
