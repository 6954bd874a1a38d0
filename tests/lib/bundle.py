"""Bundles of integration flows as the ecosystem has them."""
import io
import zipfile

MANIFEST = ("Manifest-Version: 1.0\r\nBundle-ManifestVersion: 2\r\nBundle-Name: {name}\r\n"
            "Bundle-SymbolicName: {name}; singleton:=\r\n true\r\nBundle-Version: {version}\r\n"
            "SAP-BundleType: IntegrationFlow\r\nSAP-NodeType: IFLMAP\r\n\r\n")
FOLDER = "src/main/resources/scenarioflows/integrationflow/"


def settings(**pairs):
    return "<bpmn2:extensionElements>" + "".join(
        f"<ifl:property><key>{k}</key><value>{v}</value></ifl:property>" for k, v in pairs.items()
    ) + "</bpmn2:extensionElements>"


def row(kind, value, name):
    return (f"&lt;row&gt;&lt;cell id='Action'&gt;Create&lt;/cell&gt;&lt;cell id='Type'&gt;{kind}&lt;/cell&gt;"
            f"&lt;cell id='Value'&gt;{value}&lt;/cell&gt;&lt;cell id='Name'&gt;{name}&lt;/cell&gt;&lt;/row&gt;")


def iflw(address, modifier=None, step="", channel="", head=""):
    """Start, Content Modifier, perhaps one more step, end."""
    modifier = modifier or {"bodyType": "expression", "wrapContent": "${in.body}"}
    middle = '<bpmn2:sequenceFlow id="F2" sourceRef="M1" targetRef="E1"/>'
    if step:
        middle = ('<bpmn2:sequenceFlow id="F2" sourceRef="M1" targetRef="X1"/>'
                  '<bpmn2:sequenceFlow id="F3" sourceRef="X1" targetRef="E1"/>')
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{head}<bpmn2:definitions '
        'xmlns:bpmn2="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:ifl="http:///com.sap.ifl.model/Ifl.xsd" id="D">'
        '<bpmn2:collaboration id="C">' + settings(allowedHeaderList="X-Order-Id") +
        '<bpmn2:participant id="P1" ifl:type="EndpointSender" name="Sender"/>'
        '<bpmn2:participant id="P2" ifl:type="IntegrationProcess" name="Process" processRef="Process_1"/>'
        '<bpmn2:participant id="P3" ifl:type="EndpointRecevier" name="Receiver"/>'
        '<bpmn2:messageFlow id="MF1" name="HTTPS" sourceRef="P1" targetRef="S1">' +
        settings(ComponentType="HTTPS", direction="Sender", urlPath=address, senderAuthType="RoleBased",
                 userRole="ESBMessaging.send", xsrfProtection="0", maximumBodySize="1") + '</bpmn2:messageFlow>' +
        channel + '</bpmn2:collaboration><bpmn2:process id="Process_1" name="Process">'
        '<bpmn2:startEvent id="S1" name="Start"><bpmn2:messageEventDefinition/></bpmn2:startEvent>'
        '<bpmn2:callActivity id="M1" name="Set answer">' + settings(activityType="Enricher", **modifier) +
        '</bpmn2:callActivity>' + step +
        '<bpmn2:endEvent id="E1" name="End"><bpmn2:messageEventDefinition/></bpmn2:endEvent>'
        '<bpmn2:sequenceFlow id="F1" sourceRef="S1" targetRef="M1"/>' + middle +
        '</bpmn2:process></bpmn2:definitions>')


SCRIPT = ('<bpmn2:callActivity id="X1" name="Do it">' +
          settings(activityType="Script", subActivityType="GroovyScript") + '</bpmn2:callActivity>')


def bundle(name, text, version="1.0.3", parameters=None, extra=()):
    """The bytes of a zip; parameters None writes none."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("META-INF/MANIFEST.MF", MANIFEST.format(name=name, version=version))
        archive.writestr(f"{FOLDER}{name}.iflw", text)
        if parameters is not None:
            archive.writestr("src/main/resources/parameters.prop", parameters)
        for path, content in extra:
            archive.writestr(path, content)
    return out.getvalue()
