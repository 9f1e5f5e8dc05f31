"""A Lambda endpoint that answers every Invoke at once with the same document, so that what stands in front is measured."""

from .nginx import Nginx

ANSWER = '{"statusCode":200,"isBase64Encoded":false,"headers":{"content-type":"text/plain"},"body":"done"}'


def function_endpoint(context):
    # GetFunction is asked with GET.
    return Nginx(context, "function-endpoint", f"""
        default_type application/json;
        location / {{ if ($request_method = GET) {{ return 200 '{{}}'; }} return 200 '{ANSWER}'; }}
    """)
