// Answers with the event it got; binary bodies come back as they were sent.
export const handler = async (event, context) => {
  const isBase64 = event.version === "2.0" ? event.isBase64Encoded : event.is_base64_encoded;
  if ("x-echo-body" in event.headers) {
    const type = [event.headers["content-type"] ?? "application/octet-stream"].flat()[0];
    return { statusCode: 200, isBase64Encoded: isBase64, headers: { "content-type": type }, body: event.body };
  }
  return {
    statusCode: 200,
    isBase64Encoded: false,
    headers: {
      "content-type": "application/json",
      "x-runtime": "node",
      "x-arn": context.invokedFunctionArn,
    },
    body: JSON.stringify(event),
  };
};
