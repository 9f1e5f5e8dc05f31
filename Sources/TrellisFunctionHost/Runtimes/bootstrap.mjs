// Runs a Node.js function: asks the Runtime API for events and calls the handler with each.
//
// Started as `node bootstrap.mjs <file>.<export>` in the function's directory.

import fs from "node:fs";
import http from "node:http";
import { createRequire } from "node:module";
import path from "node:path";
import { Writable } from "node:stream";
import { pathToFileURL } from "node:url";
import util from "node:util";

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new http.Agent({ keepAlive: true, maxSockets: 1, noDelay: true });
const taskRoot = process.env.LAMBDA_TASK_ROOT ?? process.cwd();

/** The invocation that runs: its id, and how to end it with an error. */
let current = null;

class FunctionFault extends Error {
  constructor(name, message) {
    super(message);
    this.name = name;
  }
}

function request(method, target, body, headers = {}) {
  return new Promise((resolve, reject) => {
    const options = { host, port, method, agent, path: `/2018-06-01/runtime/${target}`, headers };
    if (body !== undefined) {
      headers["Content-Type"] ??= "application/json";
      headers["Content-Length"] = Buffer.byteLength(body);
    }
    const outgoing = http.request(options, (answer) => {
      const chunks = [];
      answer.on("data", (chunk) => chunks.push(chunk));
      answer.on("error", reject);
      answer.on("end", () =>
        resolve({ status: answer.statusCode, headers: answer.headers, body: Buffer.concat(chunks).toString() }));
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

function describe(error) {
  if (error instanceof Error || util.types.isNativeError(error)) {
    return {
      errorType: error.name,
      errorMessage: error.message,
      trace: String(error.stack ?? "").split("\n"),
    };
  }
  return { errorType: typeof error, errorMessage: String(error), trace: [] };
}

function errorHeaders(error) {
  return { "Lambda-Runtime-Function-Error-Type": String(error.errorType).replace(/[^\x20-\x7e]/g, "_") };
}

function patchConsole() {
  const levels = { log: "INFO", info: "INFO", debug: "DEBUG", warn: "WARN", error: "ERROR", trace: "TRACE" };
  for (const [name, level] of Object.entries(levels)) {
    console[name] = (...values) => {
      let text = util.format(...values);
      if (name === "trace") text = `Trace: ${text}\n${new Error().stack.split("\n").slice(2).join("\n")}`;
      process.stdout.write(`${new Date().toISOString()}\t${current?.id}\t${level}\t${text}\n`);
    };
  }
}

// Streamed responses

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const HIGH_WATER_MARK = Symbol.for("aws.lambda.runtime.handler.streaming.highWaterMark");

/** What a streaming handler writes to; an error ends the response with trailers that say so. */
class ResponseStream extends Writable {
  /** Settles when the Runtime API has answered. */
  answered;
  #id;
  #contentType = "application/octet-stream";
  #prelude = "";
  #outgoing = null;
  #settle;

  constructor(id, highWaterMark) {
    super({ highWaterMark });
    this.#id = id;
    this.answered = new Promise((resolve, reject) => { this.#settle = { resolve, reject }; });
    this.answered.catch(() => {});
    // The handler hears of it from `pipeline` or its own listener; without any the process would end.
    this.on("error", () => {});
  }

  write(chunk, ...rest) {
    const isBytes = typeof chunk === "string" || chunk instanceof Uint8Array;
    return super.write(isBytes ? chunk : JSON.stringify(chunk), ...rest);
  }

  setContentType(type) {
    if (this.#outgoing) throw new FunctionFault("Runtime.InvalidStreamingOperation", "Cannot set content-type, too late.");
    this.#contentType = type;
  }

  /** Sent before everything else. */
  setPrelude(bytes) {
    this.#prelude = bytes;
  }

  fail(error) {
    const outgoing = this.#open();
    if (outgoing.writableEnded) return;
    const report = describe(error);
    outgoing.addTrailers({
      ...errorHeaders(report),
      "Lambda-Runtime-Function-Error-Body": Buffer.from(JSON.stringify(report)).toString("base64"),
    });
    outgoing.end();
  }

  _write(chunk, encoding, done) {
    this.#open().write(chunk, done);
  }

  _final(done) {
    this.#open().end(done);
  }

  _destroy(error, done) {
    if (error) this.fail(error);
    done(error);
  }

  #open() {
    if (this.#outgoing) return this.#outgoing;
    const outgoing = http.request({
      host, port, agent, method: "POST", path: `/2018-06-01/runtime/invocation/${this.#id}/response`,
      headers: {
        "Content-Type": this.#contentType,
        "Lambda-Runtime-Function-Response-Mode": "streaming",
        "Transfer-Encoding": "chunked",
        "Trailer": "Lambda-Runtime-Function-Error-Type, Lambda-Runtime-Function-Error-Body",
      },
    }, (answer) => {
      answer.on("error", this.#settle.reject);
      answer.on("end", this.#settle.resolve);
      answer.resume();
    });
    outgoing.on("error", this.#settle.reject);
    this.#outgoing = outgoing;
    if (this.#prelude) outgoing.write(this.#prelude);
    return outgoing;
  }
}

/** The global that Lambda's own runtime has. */
globalThis.awslambda = {
  /** Marks a handler `(event, responseStream, context)`. */
  streamifyResponse(handler, options) {
    handler[STREAMING] = "response";
    if (options?.highWaterMark !== undefined) handler[HIGH_WATER_MARK] = Number(options.highWaterMark);
    return handler;
  },
  HttpResponseStream: class HttpResponseStream {
    /** Status code, headers and cookies go before the body, with eight zero bytes between. */
    static from(stream, metadata) {
      stream.setContentType("application/vnd.awslambda.http-integration-response");
      stream.setPrelude(Buffer.concat([Buffer.from(JSON.stringify(metadata)), Buffer.alloc(8)]));
      return stream;
    }
  },
};

async function serveStreaming(handler, body, headers) {
  const stream = new ResponseStream(current.id, handler[HIGH_WATER_MARK]);
  let failure;
  try {
    const outside = new Promise((_, reject) => { current.fail = reject; });
    const answer = handler(JSON.parse(body), stream, makeContext(headers));
    if (typeof answer?.then !== "function") throw new Error("Streaming does not support non-async handlers.");
    const value = await Promise.race([answer, outside]);
    if (value !== undefined) console.warn("Streaming handlers ignore return values.");
    await Promise.race([stream.answered, outside]);
  } catch (error) {
    failure = error;
    console.error("Invoke Error", `\t${JSON.stringify(describe(error))}`);
    stream.fail(error);
    await stream.answered;
  }
  if (failure?.exitStatus) process.exit(failure.exitStatus);
}

// Handler

/** `dir/file.export.nested` → the file below the task root, and the names of the exports. */
function parseHandler(handler) {
  const directory = path.posix.dirname(handler);
  const base = path.posix.basename(handler);
  const dot = base.indexOf(".");
  if (dot <= 0 || dot === base.length - 1 || handler.split("/").includes("..")) {
    throw new FunctionFault("Runtime.MalformedHandlerName", "Bad handler");
  }
  return { module: path.posix.join(directory, base.slice(0, dot)), names: base.slice(dot + 1).split(".") };
}

function findFile(module) {
  for (const extension of ["", ".js", ".mjs", ".cjs"]) {
    const file = path.resolve(taskRoot, module + extension);
    if (fs.statSync(file, { throwIfNoEntry: false })?.isFile()) return file;
  }
  try {
    return createRequire(path.join(taskRoot, "index.js")).resolve(module);
  } catch {
    throw new FunctionFault("Runtime.ImportModuleError", `Error: Cannot find module '${module}'`);
  }
}

async function load(file) {
  try {
    return await import(pathToFileURL(file).href);
  } catch (error) {
    let name;
    if (error instanceof SyntaxError) name = "Runtime.UserCodeSyntaxError";
    if (error?.code === "MODULE_NOT_FOUND" || error?.code === "ERR_MODULE_NOT_FOUND") name = "Runtime.ImportModuleError";
    if (!name) throw error;
    const fault = new FunctionFault(name, String(error));
    fault.stack = error.stack;
    throw fault;
  }
}

async function loadHandler(text) {
  const { module, names } = parseHandler(text);
  const namespace = await load(findFile(module));
  // What a CommonJS module exports is `default`; only some of it shows as names of the namespace.
  for (const root of [namespace, namespace.default]) {
    const found = names.reduce((value, name) => value?.[name], root);
    if (found === undefined) continue;
    if (typeof found !== "function") {
      throw new FunctionFault("Runtime.HandlerNotFound", `${text} is not a function`);
    }
    return found;
  }
  throw new FunctionFault("Runtime.HandlerNotFound", `${text} is undefined or not exported`);
}

// Invocation

function parseHeader(headers, name) {
  return headers[name] ? JSON.parse(headers[name]) : undefined;
}

function makeContext(headers) {
  const deadline = Number(headers["lambda-runtime-deadline-ms"]);
  return {
    callbackWaitsForEmptyEventLoop: true,
    functionName: process.env.AWS_LAMBDA_FUNCTION_NAME,
    functionVersion: process.env.AWS_LAMBDA_FUNCTION_VERSION,
    memoryLimitInMB: process.env.AWS_LAMBDA_FUNCTION_MEMORY_SIZE,
    logGroupName: process.env.AWS_LAMBDA_LOG_GROUP_NAME,
    logStreamName: process.env.AWS_LAMBDA_LOG_STREAM_NAME,
    awsRequestId: headers["lambda-runtime-aws-request-id"],
    invokedFunctionArn: headers["lambda-runtime-invoked-function-arn"],
    clientContext: parseHeader(headers, "lambda-runtime-client-context"),
    identity: parseHeader(headers, "lambda-runtime-cognito-identity"),
    getRemainingTimeInMillis: () => Math.max(deadline - Date.now(), 0),
  };
}

/** Calls the handler in whichever style it is written; settles once. */
function call(handler, event, context) {
  return new Promise((resolve, reject) => {
    let isOver = false;
    const end = (settle, value) => {
      if (isOver) return;
      isOver = true;
      process.removeListener("beforeExit", onEmpty);
      settle(value);
    };
    let waitsForPromise = false;
    // Nothing is left that could ever answer.
    const onEmpty = () => {
      if (!waitsForPromise) return end(resolve, null);
      end(reject, new FunctionFault(
        "Runtime.NodeJsExit", "The event loop is empty, but the promise of the handler was never settled"));
    };
    process.on("beforeExit", onEmpty);
    current.fail = (error) => end(reject, error);

    const callback = (error, result) => {
      if (error !== undefined && error !== null) return end(reject, error);
      if (!context.callbackWaitsForEmptyEventLoop) return end(resolve, result);
      process.removeListener("beforeExit", onEmpty);
      process.once("beforeExit", () => end(resolve, result));
    };
    context.done = callback;
    context.succeed = (result) => callback(null, result);
    context.fail = (error) => end(reject, error ?? new Error("context.fail was called without an error"));

    try {
      const answer = handler(event, context, callback);
      if (typeof answer?.then === "function") {
        waitsForPromise = true;
        answer.then((value) => end(resolve, value), (error) => end(reject, error));
      } else if (answer !== undefined && handler.length < 3) {
        end(resolve, answer);
      }
    } catch (error) {
      end(reject, error);
    }
  });
}

function serialize(answer) {
  try {
    return JSON.stringify(answer) ?? "null";
  } catch {
    throw new Error("Unable to stringify response body");
  }
}

async function serveOne(handler) {
  const { status, headers, body } = await request("GET", "invocation/next");
  if (status !== 200) throw new Error(`the Runtime API answered ${status}: ${body}`);
  const id = headers["lambda-runtime-aws-request-id"];
  current = { id, fail: () => {} };
  if (headers["lambda-runtime-trace-id"]) {
    process.env._X_AMZN_TRACE_ID = headers["lambda-runtime-trace-id"];
  } else {
    delete process.env._X_AMZN_TRACE_ID;
  }
  if (handler[STREAMING]) return serveStreaming(handler, body, headers);
  let answer;
  try {
    answer = serialize(await call(handler, JSON.parse(body), makeContext(headers)));
  } catch (failure) {
    const error = describe(failure);
    console.error("Invoke Error", `\t${JSON.stringify(error)}`);
    await request("POST", `invocation/${id}/error`, JSON.stringify(error), errorHeaders(error));
    if (failure?.exitStatus) process.exit(failure.exitStatus);
    return;
  }
  await request("POST", `invocation/${id}/response`, answer);
}

/** An error that nobody caught ends the invocation, and then the process: its state is unknown. */
function failFromOutside(error, exitStatus) {
  error.exitStatus = exitStatus;
  if (current) current.fail(error);
  else failInit(error);
}

async function failInit(failure) {
  const error = describe(failure);
  console.error("Uncaught Exception", `\t${JSON.stringify(error)}`);
  await request("POST", "init/error", JSON.stringify(error), errorHeaders(error));
  process.exit(1);
}

patchConsole();
process.on("uncaughtException", (error) => failFromOutside(error instanceof Error ? error : new Error(String(error)), 129));
process.on("unhandledRejection", (reason) => {
  const fault = new FunctionFault("Runtime.UnhandledPromiseRejection", String(reason));
  if (reason instanceof Error) fault.stack = reason.stack;
  failFromOutside(fault, 128);
});

let handler;
try {
  handler = await loadHandler(process.env._HANDLER || process.argv[2]);
} catch (error) {
  await failInit(error);
}
try {
  for (;;) await serveOne(handler);
} catch (error) {
  console.error("Runtime API Error", `\t${error}`);
  process.exit(1);
}
