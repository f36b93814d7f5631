/**
 * A simulated provider plugin: it takes any resource of any type, computes outputs by the planner's fixtures and keeps nothing, so that the real
 * Pulumi engine can preview, create, update and destroy whole stacks without a cloud. Run by the engine as
 * `pulumi-resource-<package>`, with the version to report as its argument; the port of its server is the first line that it prints.
 */

import { isDeepStrictEqual } from "node:util";
import * as grpc from "@grpc/grpc-js";
import * as plugin from "@pulumi/pulumi/proto/plugin_pb";
import { ResourceProviderService } from "@pulumi/pulumi/proto/provider_grpc_pb";
import * as proto from "@pulumi/pulumi/proto/provider_pb";
import { ResourceMonitorClient } from "@pulumi/pulumi/proto/resource_grpc_pb";
import * as resourceProto from "@pulumi/pulumi/proto/resource_pb";
import { Empty } from "google-protobuf/google/protobuf/empty_pb";
import { type JavaScriptValue, Struct } from "google-protobuf/google/protobuf/struct_pb";
import { fixtureOutputs } from "../../../plan/graph/fixtures";
import { invokeResult } from "../../../plan/graph/invokes";
import { replacingProperties } from "../../../plan/graph/replacement";

type Properties = Record<string, unknown>;

/** What stands for a value that a preview does not know (sdk/proto: "unknown"). */
const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";
/** Key and value by which a secret is marked on the wire. */
const SIGNATURE = "4dabf18193072939515e22adb298388d";
const SECRET = "1b47061264138c4ac30d75fd1eb44270";

/** The account of AWS's examples, to which the stacks in `stacks/` belong. */
const accountId = "111122223333";
let region = "us-east-1";

function plain(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(plain);
  if (typeof value !== "object" || value === null) return value;
  const properties = value as Properties;
  if (properties[SIGNATURE] === SECRET) return plain(properties.value);
  return Object.fromEntries(Object.entries(properties).map(([key, inner]) => [key, plain(inner)]));
}

function read(struct: Struct | undefined): Properties {
  return struct?.toJavaScript() ?? {};
}

function written(properties: Properties): Struct {
  return Struct.fromJavaScript(properties as Record<string, JavaScriptValue>);
}

/** What a provider computes with the inputs over it, at every depth; lists and secrets are one value. */
function under(inputs: unknown, computed: unknown): unknown {
  const isTable = (value: unknown): value is Properties =>
    typeof value === "object" && value !== null && !Array.isArray(value) && (value as Properties)[SIGNATURE] === undefined;
  if (inputs === undefined) return computed;
  if (!isTable(inputs) || !isTable(computed)) return inputs;
  const keys = new Set([...Object.keys(computed), ...Object.keys(inputs)]);
  return Object.fromEntries([...keys].map((key) => [key, under(inputs[key], computed[key])]));
}

/** The same tables with every value unknown, as a provider answers in a preview. */
function unknown(value: unknown): unknown {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return UNKNOWN;
  return Object.fromEntries(Object.entries(value).map(([key, inner]) => [key, unknown(inner)]));
}

/** `aws:ec2/vpc:Vpc` and the name, from a URN. */
function typeAndName(urn: string): { type: string; name: string } {
  const [, , types, ...name] = urn.split("::");
  return { type: types.split("$").at(-1)!, name: name.join("::") };
}

/** Stands for the children of a remote component; its inputs are the component's URN and inputs. */
const insideType = "simulated:index:Inside";

function computed(urn: string, inputs: Properties): { id: string; outputs: Properties } {
  if (typeAndName(urn).type === insideType) return computed(String(inputs.urn), inputs.inputs as Properties);
  const { type, name } = typeAndName(urn);
  const { id, outputs } = fixtureOutputs({ urn, type, name, inputs: plain(inputs) as Properties, accountId, region }, {});
  return { id: id ?? name, outputs };
}

type Call<Request, Response> = (request: Request) => Response | Promise<Response>;

/** A gRPC handler from a function; what it throws becomes the call's error. */
function answering<Request, Response>(call: Call<Request, Response>): grpc.handleUnaryCall<Request, Response> {
  return (received, respond) => {
    Promise.resolve()
      .then(() => call(received.request))
      .then(
        (response) => respond(null, response),
        (error: Error) => respond({ code: grpc.status.UNKNOWN, message: error.message }),
      );
  };
}

function configure(request: proto.ConfigureRequest): proto.ConfigureResponse {
  const { region: given } = read(request.getArgs());
  if (typeof given === "string") region = given;
  const response = new proto.ConfigureResponse();
  response.setAcceptsecrets(true);
  response.setSupportspreview(true);
  response.setAcceptresources(false);
  response.setAcceptoutputs(false);
  return response;
}

function check(request: proto.CheckRequest): proto.CheckResponse {
  const response = new proto.CheckResponse();
  response.setInputs(request.getNews());
  return response;
}

function diff(request: proto.DiffRequest): proto.DiffResponse {
  const { type } = typeAndName(request.getUrn());
  const before = plain(read(request.getOldInputs())) as Properties;
  const after = plain(read(request.getNews())) as Properties;
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => !isDeepStrictEqual(before[key], after[key]),
  );
  const response = new proto.DiffResponse();
  response.setChanges(changed.length > 0 ? proto.DiffResponse.DiffChanges.DIFF_SOME : proto.DiffResponse.DiffChanges.DIFF_NONE);
  response.setDiffsList(changed);
  response.setReplacesList(changed.filter((key) => replacingProperties(type).includes(key)));
  return response;
}

function create(request: proto.CreateRequest): proto.CreateResponse {
  const inputs = read(request.getProperties());
  const response = new proto.CreateResponse();
  const { id, outputs } = computed(request.getUrn(), inputs);
  const preview = request.getPreview();
  if (!preview) response.setId(id);
  response.setProperties(written(under(inputs, preview ? unknown(outputs) : outputs) as Properties));
  return response;
}

function update(request: proto.UpdateRequest): proto.UpdateResponse {
  const inputs = read(request.getNews());
  const outputs = request.getPreview() ? plain(read(request.getOlds())) : computed(request.getUrn(), inputs).outputs;
  const response = new proto.UpdateResponse();
  response.setProperties(written(under(inputs, outputs) as Properties));
  return response;
}

function readState(request: proto.ReadRequest): proto.ReadResponse {
  const response = new proto.ReadResponse();
  const inputs = read(request.getInputs());
  const known = read(request.getProperties());
  response.setId(request.getId());
  response.setInputs(request.getInputs());
  response.setProperties(written({ ...computed(request.getUrn(), inputs).outputs, ...known }));
  return response;
}

function invoke(request: proto.InvokeRequest): proto.InvokeResponse {
  const response = new proto.InvokeResponse();
  response.setReturn(
    written(invokeResult(request.getTok(), { inputs: plain(read(request.getArgs())) as Properties, region, accountId }, {})),
  );
  return response;
}

/**
 * A remote component. What it computes is the state of one child, {@link insideType}, so that the engine knows it when it is there and does not in a first
 * preview, as with the children of the real component.
 */
async function construct(request: proto.ConstructRequest): Promise<proto.ConstructResponse> {
  const monitor = new ResourceMonitorClient(request.getMonitorendpoint(), grpc.credentials.createInsecure());
  const register = async (type: string, name: string, parent: string, custom: boolean, inputs: Struct | undefined) => {
    const registration = new resourceProto.RegisterResourceRequest();
    registration.setType(type);
    registration.setName(name);
    registration.setParent(parent);
    registration.setCustom(custom);
    registration.setObject(inputs);
    registration.setDependenciesList(request.getDependenciesList());
    registration.setAcceptsecrets(true);
    registration.setAcceptresources(true);
    return await call<resourceProto.RegisterResourceResponse>((done) => monitor.registerResource(registration, done));
  };
  const call = <Response>(start: (done: (error: grpc.ServiceError | null, response: Response) => void) => void) =>
    new Promise<Response>((resolve, reject) => start((error, response) => (error === null ? resolve(response) : reject(error))));
  const urn = (await register(request.getType(), request.getName(), request.getParent(), false, new Struct())).getUrn();
  const inside = await register(insideType, request.getName(), urn, true, written({ urn, inputs: read(request.getInputs()) }));
  const { urn: _urn, inputs: _inputs, ...state } = read(inside.getObject());
  const completion = new resourceProto.RegisterResourceOutputsRequest();
  completion.setUrn(urn);
  completion.setOutputs(written(state));
  await call<Empty>((done) => monitor.registerResourceOutputs(completion, done));
  monitor.close();
  const response = new proto.ConstructResponse();
  response.setUrn(urn);
  response.setState(written(state));
  return response;
}

const server = new grpc.Server({ "grpc.max_receive_message_length": -1 });
server.addService(ResourceProviderService as unknown as grpc.ServiceDefinition, {
  checkConfig: answering(check),
  diffConfig: answering(diff),
  configure: answering(configure),
  check: answering(check),
  diff: answering(diff),
  create: answering(create),
  update: answering(update),
  delete: answering(() => new Empty()),
  read: answering(readState),
  invoke: answering(invoke),
  construct: answering(construct),
  cancel: answering(() => new Empty()),
  attach: answering(() => new Empty()),
  getPluginInfo: answering(() => {
    const info = new plugin.PluginInfo();
    info.setVersion(process.argv[2]);
    return info;
  }),
});
server.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) => {
  if (error !== null) throw error;
  console.log(port);
});
