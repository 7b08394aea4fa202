// A client of a container runtime that shares nothing with it: Node's gRPC, and the CRI as a descriptor set.
// It makes the calls of one container's life, and a few that must be refused, and says of each what came
// back: one line, ids as <sandbox> and <container>.
//
//     node client.mjs unix:///tmp/r.sock IMAGE DESCRIPTORS
import { once } from "node:events";
import { readFileSync } from "node:fs";
import grpc from "@grpc/grpc-js";
import { loadFileDescriptorSetFromBuffer } from "@grpc/proto-loader";

const [endpoint, image, descriptors] = process.argv.slice(2);
const loaded = loadFileDescriptorSetFromBuffer(readFileSync(descriptors), {
  keepCase: true, longs: Number, enums: String, defaults: true,
});
const { v1 } = grpc.loadPackageDefinition(loaded).runtime;
const runtime = new v1.RuntimeService(endpoint, grpc.credentials.createInsecure());
const images = new v1.ImageService(endpoint, grpc.credentials.createInsecure());

const names = [];
const SECONDS = 30;

// Make a call; print it under its name with what `say` makes of the answer, or with the error's code and text.
async function call(service, name, request, say = () => "", seconds = SECONDS) {
  const method = name.split(",")[0];
  const deadline = Date.now() + seconds * 1000;
  const [error, answer] = await new Promise((done) =>
    service[method](request, new grpc.Metadata(), { deadline }, (...both) => done(both)));
  tell(name, error ? `${grpc.status[error.code]}: ${error.details}` : say(answer));
  return answer;
}

function tell(name, text) {
  for (const [id, short] of names) text = text.replaceAll(id, short);
  console.log(`${name}: ${text}`.trim());
}

const pod = {
  metadata: { name: "pod", namespace: "default", uid: "uid-1" },
  log_directory: "/logs",
  linux: {},
};
const config = (name, image, ...command) => ({
  metadata: { name, attempt: 3 },
  image: { image },
  command,
  annotations: [{ key: "restartCount", value: "3" }], // a map, as it is on the wire
  linux: {},
});
const look = (id) => call(runtime, "ContainerStatus", { container_id: id }, ({ status }) =>
  [status.state, status.metadata.attempt, status.exit_code, status.reason, status.annotations[0].value]
    .join(" "));

await call(runtime, "Version", {}, (one) => `${one.runtime_name} ${one.runtime_api_version}`);
const events = runtime.GetContainerEvents({}, { deadline: Date.now() + SECONDS * 1000 });
const told = [];
events.on("data", (one) => told.push(one));
events.on("error", (error) => told.push(grpc.status[error.code]));
await once(events, "metadata"); // the runtime follows from now on

await call(images, "ImageStatus", { image: { image } }, (one) => one.image.repo_tags.join(" "));
await call(images, "PullImage, absent", { image: { image: "local.test/absent:1" } });
const sandbox = (await call(runtime, "RunPodSandbox", { config: pod })).pod_sandbox_id;
names.push([sandbox, "<sandbox>"]);
await call(runtime, "RunPodSandbox, again", { config: pod });

const create = (name, config) =>
  call(runtime, name, { pod_sandbox_id: sandbox, config, sandbox_config: pod });
const container = (await create("CreateContainer", config("app", image, "sleep", "3600"))).container_id;
names.push([container, "<container>"]);
await create("CreateContainer, again", config("app", image));
await create("CreateContainer, image absent", config("other", "local.test/absent:1"));

const one = { container_id: container };
await call(runtime, "StartContainer", one);
await call(runtime, "StartContainer, again", one);
await look(container);
await call(runtime, "ExecSync", { ...one, cmd: ["echo", "hello"] }, (answer) => answer.stdout.toString());
await call(runtime, "Exec", { ...one, cmd: ["sh"], stdout: true });
await call(runtime, "CheckpointContainer", one);
await call(runtime, "StopContainer", one);
await look(container);
await call(runtime, "RemoveContainer", one);
await look(container);
await call(runtime, "RemovePodSandbox", { pod_sandbox_id: sandbox });

while (told.length < 8) await once(events, "data");
for (const event of told) tell("event", `${event.container_event_type} ${event.container_id}`);
events.cancel();
await new Promise((done) => events.once("error", done));
tell("events end", told.at(-1));
await call(runtime, "ListContainers, too late", {}, undefined, -1);
await call(runtime, "ListContainers", {}, (answer) => String(answer.containers.length));
process.exit();
