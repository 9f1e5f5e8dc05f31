"""A Lambda endpoint that records the events it is invoked with and answers what it is told to, and Envoy in front."""

import http.server
import json
import os
import pathlib
import subprocess
import threading
import urllib.request

from conftest import free_port, wait_for


class LambdaEndpoint:
    """Answers `Invoke` on a loopback port; used by one client at a time."""

    def __init__(self):
        self.events = []
        self.answer = {"statusCode": 200, "headers": {}, "body": ""}
        endpoint = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            # Head and body in one segment, else each answer waits for a delayed acknowledgement.
            wbufsize = -1

            def do_POST(self):
                payload = self.rfile.read(int(self.headers["content-length"]))
                endpoint.events.append(payload)
                answer = json.dumps(endpoint.answer).encode()
                self.send_response(200)
                self.send_header("content-type", "application/json")
                self.send_header("content-length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def do_GET(self):
                """GetFunction of any function."""
                self.send_response(200)
                self.send_header("content-length", "2")
                self.end_headers()
                self.wfile.write(b"{}")

            def log_message(self, *arguments):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.05})
        self.thread.start()

    def take_event(self):
        """The event since the last call, or None if there was no invocation; Envoy's is not always UTF-8."""
        events, self.events = self.events, []
        assert len(events) <= 1, "one request was invoked more than once"
        return json.loads(events[0].decode("utf-8", "surrogateescape")) if events else None

    def stop(self):
        self.server.shutdown()
        self.thread.join()
        self.server.server_close()


class Envoy:
    """Envoy with its `aws_lambda` filter, configured to come as near to VPC Lattice as it can."""

    def __init__(self, directory, endpoint):
        import envoy
        program = pathlib.Path(envoy.__file__).parent / "_bin" / "envoy"
        self.port = free_port()
        admin = free_port()
        configuration = directory / "envoy.json"
        configuration.write_text(json.dumps(self.configuration(admin, endpoint.port)))
        environment = dict(
            PATH=os.environ["PATH"], HOME=str(directory), AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
            AWS_SECRET_ACCESS_KEY="example", AWS_EC2_METADATA_DISABLED="true")
        self.log = open(directory / "envoy.log", "wb")
        self.process = subprocess.Popen(
            [str(program), "--config-path", str(configuration), "--concurrency", "1", "--disable-hot-restart",
             "--log-level", "warning"],
            stdout=self.log, stderr=self.log, env=environment, cwd=directory)

        def is_ready():
            assert self.process.poll() is None, (directory / "envoy.log").read_text()
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{admin}/ready", timeout=5) as answer:
                    return answer.status == 200
            except OSError:
                return False
        try:
            wait_for(is_ready, "Envoy", seconds=40)
        except BaseException:
            self.stop()
            raise

    def configuration(self, admin, endpoint):
        def at(port):
            return {"socket_address": {"address": "127.0.0.1", "port_value": port}}
        extension = "type.googleapis.com/envoy.extensions"
        manager = {
            "@type": f"{extension}.filters.network.http_connection_manager.v3.HttpConnectionManager",
            "stat_prefix": "lambda", "codec_type": "HTTP1", "use_remote_address": True,
            "http_protocol_options": {"accept_http_10": True},
            "route_config": {"virtual_hosts": [{
                "name": "lambda", "domains": ["*"],
                "routes": [{"match": {"prefix": "/"}, "route": {"cluster": "lambda"}}]}]},
            "http_filters": [
                {"name": "envoy.filters.http.aws_lambda", "typed_config": {
                    "@type": f"{extension}.filters.http.aws_lambda.v3.Config",
                    "arn": "arn:aws:lambda:us-east-1:123456789012:function:echo", "payload_passthrough": False}},
                {"name": "envoy.filters.http.router", "typed_config": {
                    "@type": f"{extension}.filters.http.router.v3.Router"}},
            ],
        }
        cluster = {
            "name": "lambda", "type": "STATIC", "connect_timeout": "5s",
            "metadata": {"filter_metadata": {"com.amazonaws.lambda": {"egress_gateway": True}}},
            "load_assignment": {"cluster_name": "lambda", "endpoints": [
                {"lb_endpoints": [{"endpoint": {"address": at(endpoint)}}]}]},
        }
        return {
            "admin": {"address": at(admin)},
            "static_resources": {
                "listeners": [{"name": "http", "address": at(self.port), "filter_chains": [{"filters": [
                    {"name": "envoy.filters.network.http_connection_manager", "typed_config": manager}]}]}],
                "clusters": [cluster],
            },
        }

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(timeout=30)
        self.log.close()
