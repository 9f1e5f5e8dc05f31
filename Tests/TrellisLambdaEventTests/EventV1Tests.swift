import NIOCore
import Testing
import TrellisLambdaEvent
import TrellisModel

@Suite("Event structure version 1.0")
struct EventV1Tests {
    @Test("A whole event, byte by byte")
    func wholeEvent() throws {
        let produced = try event(
            .v1, method: "POST", target: "/orders?state=open&x=1&state=late",
            headers: lines(("Host", "svc"), ("Header1", "value1"), ("header1", "value2")),
            body: ByteBuffer(bytes: [0, 1, 2, 255]))
        #expect(
            String(buffer: produced)
                == #"{"raw_path":"/orders?state=open&x=1&state=late","method":"POST","#
                + #""headers":{"host":"svc","header1":"value1, value2"},"#
                + #""query_string_parameters":{"state":"late","x":"1"},"#
                + #""body":"AAEC/w==","is_base64_encoded":true}"#)
    }

    @Test("All six members are there without query, headers and body")
    func smallestEvent() throws {
        let json = try JSONValue(event(.v1))
        #expect(
            json == [
                "raw_path": "/", "method": "GET", "headers": [:], "query_string_parameters": [:], "body": "",
                "is_base64_encoded": false,
            ])
    }

    @Test("Text bodies are not encoded")
    func textBody() throws {
        let json = try JSONValue(
            event(.v1, headers: lines(("content-type", "application/json")), body: ByteBuffer(string: #"{"a":1}"#)))
        #expect(json["body"] == .string(#"{"a":1}"#))
        #expect(json["is_base64_encoded"] == false)
    }
}
