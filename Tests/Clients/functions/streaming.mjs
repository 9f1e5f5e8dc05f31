import net from "node:net";
import { once } from "node:events";
import { pipeline } from "node:stream/promises";
import { Readable } from "node:stream";

async function waitForGate([host, port]) {
  const gate = net.connect(port, host);
  await once(gate, "data");
  gate.destroy();
}

async function* halfOnly() {
  yield "first";
  throw new RangeError("half way");
}

export const handler = awslambda.streamifyResponse(async (event, stream, context) => {
  switch (event.do) {
    case "raise": throw new TypeError("nothing written");
    case "pipeline-raises": return pipeline(Readable.from(halfOnly()), stream);
    case "uncaught": setTimeout(() => { throw new Error("from outside"); }, 1); break;
    case "http": stream = awslambda.HttpResponseStream.from(stream, { statusCode: 201, cookies: ["a=1"] }); break;
    case "bytes":
      for (let block = 0; block < event.blocks; block += 1) {
        if (!stream.write(Buffer.alloc(65536, "x"))) await once(stream, "drain");
      }
      return stream.end();
    case "id":
      // An object is written as JSON.
      stream.write({ id: context.awsRequestId });
      return stream.end();
  }
  stream.write("first");
  if (event.gate) await waitForGate(event.gate);
  if (event.do === "fail") throw new RangeError("half way");
  if (event.do === "uncaught") await new Promise(() => {});
  stream.write(Buffer.from("second"));
  stream.end();
}, { highWaterMark: 1024 });

export const plain = awslambda.streamifyResponse((event, stream) => { stream.end("x"); });
