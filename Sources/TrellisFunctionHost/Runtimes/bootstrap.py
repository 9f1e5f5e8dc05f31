"""Runs a Python function: asks the Runtime API for events and calls the handler with each.

Started as ``python -u bootstrap.py <module>.<function>`` in the function's directory. Errors are reported in the form of
AWS' own client: errorMessage, errorType, requestId, stackTrace.
"""

import decimal
import importlib
import json
import logging
import os
import socket
import sys
import time
import traceback

VERSION_PATH = "/2018-06-01/runtime"

current_request_id = ""


class FunctionFault(Exception):
    """An error of the function that has a name of its own in Lambda."""

    def __init__(self, error_type, message, trace=None):
        super().__init__(message)
        self.error_type = error_type
        self.message = message
        self.trace = trace or []


class RuntimeAPI:
    """One connection that is kept; what is to be sent goes out in one write."""

    def __init__(self, address):
        self.address = address
        host, _, port = address.rpartition(":")
        self.socket = socket.create_connection((host, int(port)))
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.unread = b""

        self.request_for_next = self.encode("GET", "/invocation/next")

    def next(self):
        self.socket.sendall(self.request_for_next)
        return self.read_event()

    def respond(self, request_id, body):
        """Sends the answer and asks for the next event."""
        return self.finish("/invocation/%s/response" % request_id, body)

    def report_error(self, request_id, error):
        """Reports the error and asks for the next event."""
        return self.finish("/invocation/%s/error" % request_id, encode_error(error))

    def report_init_error(self, error):
        self.socket.sendall(self.encode(
            "POST", "/init/error", encode_error(error), "Lambda-Runtime-Function-Error-Type: %s\r\n" % error["errorType"]
        ))
        self.read_answer()

    def finish(self, path, body):
        # In one write: nothing that the Runtime API says to the first keeps the function from the second.
        self.socket.sendall(self.encode("POST", path, body) + self.request_for_next)
        self.read_answer()
        return self.read_event()

    def read_event(self):
        status, headers, body = self.read_answer()
        if status != 200:
            raise ConnectionError("the Runtime API answered %d: %r" % (status, body))
        return headers, body

    def encode(self, method, path, body=b"", extra_headers=""):
        head = "%s %s%s HTTP/1.1\r\nHost: %s\r\n%s" % (method, VERSION_PATH, path, self.address, extra_headers)
        if method == "POST":
            head += "Content-Type: application/json\r\nContent-Length: %d\r\n" % len(body)
        return head.encode("latin-1", "replace") + b"\r\n" + body

    def read_answer(self):
        end = self.unread.find(b"\r\n\r\n")
        while end < 0:
            self.read_more()
            end = self.unread.find(b"\r\n\r\n")
        lines = self.unread[:end].decode("utf-8", "replace").split("\r\n")
        headers = {}
        for line in lines[1:]:
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        begin = end + 4
        length = int(headers.get("content-length", "0"))
        if len(self.unread) - begin >= length:
            body = self.unread[begin : begin + length]
            self.unread = self.unread[begin + length :]
        else:
            parts = [self.unread[begin:]]
            missing = length - len(parts[0])
            while missing > 0:
                part = self.socket.recv(min(missing, 1 << 20))
                if not part:
                    raise ConnectionError("the Runtime API closed the connection")
                parts.append(part)
                missing -= len(part)
            body = b"".join(parts)
            self.unread = b""
        return int(lines[0].split(" ", 2)[1]), headers, body

    def read_more(self):
        part = self.socket.recv(1 << 16)
        if not part:
            raise ConnectionError("the Runtime API closed the connection")
        self.unread += part


class Identity:
    def __init__(self, values):
        self.cognito_identity_id = values.get("cognitoIdentityId")
        self.cognito_identity_pool_id = values.get("cognitoIdentityPoolId")

    def __repr__(self):
        return "CognitoIdentity([cognito_identity_id=%s,cognito_identity_pool_id=%s])" % (
            self.cognito_identity_id,
            self.cognito_identity_pool_id,
        )


class Client:
    FIELDS = ("installation_id", "app_title", "app_version_name", "app_version_code", "app_package_name")

    def __init__(self, values):
        for field in self.FIELDS:
            setattr(self, field, values.get(field))


class ClientContext:
    def __init__(self, values):
        self.custom = values.get("custom")
        self.env = values.get("env")
        client = values.get("client")
        self.client = Client(client) if isinstance(client, dict) else None


class Context:
    """The handler's second argument."""

    def __init__(self, headers):
        environment = os.environ
        self.aws_request_id = headers["lambda-runtime-aws-request-id"]
        self.invoked_function_arn = headers.get("lambda-runtime-invoked-function-arn")
        self.function_name = environment.get("AWS_LAMBDA_FUNCTION_NAME")
        self.function_version = environment.get("AWS_LAMBDA_FUNCTION_VERSION")
        self.memory_limit_in_mb = environment.get("AWS_LAMBDA_FUNCTION_MEMORY_SIZE")
        self.log_group_name = environment.get("AWS_LAMBDA_LOG_GROUP_NAME")
        self.log_stream_name = environment.get("AWS_LAMBDA_LOG_STREAM_NAME")
        self.tenant_id = headers.get("lambda-runtime-aws-tenant-id")
        client_context = headers.get("lambda-runtime-client-context")
        values = json.loads(client_context) if client_context else None
        self.client_context = ClientContext(values) if isinstance(values, dict) else None
        identity = headers.get("lambda-runtime-cognito-identity")
        self.identity = Identity(json.loads(identity) if identity else {})
        self._deadline = int(headers.get("lambda-runtime-deadline-ms", "0"))

    def get_remaining_time_in_millis(self):
        return max(self._deadline - int(time.time() * 1000), 0)

    def log(self, message):
        sys.stdout.write(str(message))

    def __repr__(self):
        fields = ("aws_request_id", "log_group_name", "log_stream_name", "function_name", "memory_limit_in_mb")
        fields += ("function_version", "invoked_function_arn", "client_context", "identity", "tenant_id")
        return "LambdaContext([%s])" % ",".join("%s=%s" % (name, getattr(self, name)) for name in fields)


class LogHandler(logging.Handler):
    def emit(self, record):
        record.aws_request_id = current_request_id
        sys.stdout.write(self.format(record))


def set_up_logging():
    handler = LogHandler()
    formatter = logging.Formatter(
        "[%(levelname)s]\t%(asctime)s.%(msecs)03dZ\t%(aws_request_id)s\t%(message)s\n", "%Y-%m-%dT%H:%M:%S"
    )
    formatter.converter = time.gmtime
    handler.setFormatter(formatter)
    logging.getLogger().addHandler(handler)


def load_handler(name):
    """The function that ``module.function`` names; a slash in the module's name means a dot."""
    module_name, dot, function_name = name.rpartition(".")
    if not dot:
        raise FunctionFault(
            "Runtime.MalformedHandlerName",
            "Bad handler '%s': not enough values to unpack (expected 2, got 1)" % name,
        )
    python_name = module_name.replace("/", ".")
    if python_name.split(".")[0] in sys.builtin_module_names:
        raise FunctionFault(
            "Runtime.BuiltInModuleConflict", "Cannot use built-in module %s as a handler module" % module_name
        )
    try:
        module = importlib.import_module(python_name)
    except ImportError as error:
        raise FunctionFault(
            "Runtime.ImportModuleError", "Unable to import module '%s': %s" % (module_name, error)
        ) from error
    except SyntaxError as error:
        place = '  File "%s" Line %s\n    %s' % (error.filename, error.lineno, error.text)
        raise FunctionFault(
            "Runtime.UserCodeSyntaxError", "Syntax error in module '%s': %s" % (module_name, error), [place]
        ) from error
    except ValueError as error:
        # An empty or otherwise impossible module name; a module's own ValueError has a frame of its own.
        if error.__traceback__ is not None and error.__traceback__.tb_next is None or not python_name:
            raise FunctionFault("Runtime.MalformedHandlerName", "Bad handler '%s': %s" % (name, error)) from error
        raise
    handler = getattr(module, function_name, None)
    if handler is None:
        raise FunctionFault(
            "Runtime.HandlerNotFound", "Handler '%s' missing on module '%s'" % (function_name, module_name)
        )
    return handler


def describe(error, request_id=""):
    """The error as JSON for the Runtime API."""
    if isinstance(error, FunctionFault):
        message, error_type, trace = error.message, error.error_type, error.trace
    else:
        frames = traceback.extract_tb(error.__traceback__)
        while frames and frames[0].filename == __file__:
            del frames[0]
        message, error_type, trace = str(error), type(error).__name__, traceback.format_list(frames)
    return {"errorMessage": message, "errorType": error_type, "requestId": request_id, "stackTrace": trace}


def log_error(error):
    lines = ["[ERROR] %s: %s" % (error["errorType"], error["errorMessage"])]
    if error["stackTrace"]:
        lines.append("Traceback (most recent call last):")
        lines += [line for entry in error["stackTrace"] for line in entry.splitlines()]
    print("\n".join(lines))


def encode_error(error):
    return json.dumps(error).encode("ascii")


def serialize(value):
    if isinstance(value, decimal.Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    raise TypeError("Object of type %s is not JSON serializable" % type(value).__name__)


def call(handler, headers, body):
    """The answer's bytes."""
    try:
        event = json.loads(body)
    except ValueError as error:
        raise FunctionFault("Runtime.UnmarshalError", "Unable to unmarshal input: %s" % error) from error
    answer = handler(event, Context(headers))
    try:
        # Lambda writes characters as they are since Python 3.12.
        text = json.dumps(answer, default=serialize, ensure_ascii=sys.version_info < (3, 12))
        return text.encode("utf-8")
    except (TypeError, ValueError, RecursionError) as error:
        raise FunctionFault("Runtime.MarshalError", "Unable to marshal response: %s" % error) from error


def serve(api, handler):
    global current_request_id
    headers, body = api.next()
    while True:
        current_request_id = headers["lambda-runtime-aws-request-id"]
        trace_id = headers.get("lambda-runtime-trace-id")
        if trace_id:
            os.environ["_X_AMZN_TRACE_ID"] = trace_id
        else:
            os.environ.pop("_X_AMZN_TRACE_ID", None)
        try:
            answer = call(handler, headers, body)
        except Exception as failure:
            error = describe(failure, current_request_id)
            log_error(error)
            headers, body = api.report_error(current_request_id, error)
        else:
            headers, body = api.respond(current_request_id, answer)


def main():
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="backslashreplace")
    # The script's own directory must not shadow the function's modules.
    sys.path[0] = os.environ.get("LAMBDA_TASK_ROOT", os.getcwd())
    set_up_logging()
    api = RuntimeAPI(os.environ["AWS_LAMBDA_RUNTIME_API"])
    try:
        handler = load_handler(os.environ.get("_HANDLER") or sys.argv[1])
    except Exception as failure:
        error = describe(failure)
        log_error(error)
        api.report_init_error(error)
        sys.exit(1)
    serve(api, handler)


main()
