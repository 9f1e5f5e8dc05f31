import Foundation
import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLambdaAPI

@Suite struct EventInvokeConfigTests {
    private static func path(_ function: String = "f", _ query: String = "") -> String {
        "/2019-09-25/functions/\(function)/event-invoke-config\(query)"
    }

    private static func destinations(success: String? = nil, failure: String? = nil) -> JSONValue {
        .object([
            "OnSuccess": .object(success.map { ["Destination": .string($0)] } ?? [:]),
            "OnFailure": .object(failure.map { ["Destination": .string($0)] } ?? [:]),
        ])
    }

    /// Functions `f` with version 1 and alias `live`, and `g`.
    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        try await server.create("g")
        let alias = JSONValue.object(["Name": "live", "FunctionVersion": "1"])
        try #require(await server.send("POST", "/functions/f/aliases", alias).status == 201)
        return server
    }

    @Test(arguments: [
        ("", "$LATEST"), ("?Qualifier=%24LATEST", "$LATEST"), ("?Qualifier=1", "1"), ("?Qualifier=live", "live"),
    ])
    func eachQualifierHasItsOwn(_ query: String, _ shown: String) async throws {
        let server = try await server()
        let arn = "\(LambdaServer.arnPrefix)f:\(shown)"
        for method in ["GET", "DELETE"] {
            let missing = await server.send(method, Self.path("f", query))
            #expect(missing.status == 404)
            #expect(missing.message == "The function \(arn) doesn't have an EventInvokeConfig")
        }
        let put = await server.send(
            "PUT", Self.path("f", query),
            .object(["MaximumRetryAttempts": 0, "MaximumEventAgeInSeconds": 60]))
        #expect(put.status == 200)
        #expect(put["FunctionArn"] == .string(arn))
        #expect(put["MaximumRetryAttempts"] == 0)
        #expect(put["MaximumEventAgeInSeconds"] == 60)
        #expect(put["DestinationConfig"] == Self.destinations())
        guard case .double(let seconds)? = put["LastModified"] else {
            Issue.record("no time: \(put)")
            return
        }
        #expect(seconds > 1_762_337_472 && seconds < 1_762_338_472)
        #expect(await server.send("GET", Self.path("f", query)).json == put.json)
        let all = await server.send("GET", Self.path("f") + "/list")
        #expect(all["FunctionEventInvokeConfigs"]?.elements == [put.json])
        #expect(await server.send("DELETE", Self.path("f", query)).status == 204)
        #expect(await server.send("GET", Self.path("f", query)).status == 404)
    }

    @Test func putReplacesAndUpdateKeeps() async throws {
        let server = try await server()
        let update = await server.send("POST", Self.path(), .object(["MaximumRetryAttempts": 1]))
        #expect(update.message?.hasSuffix("f:$LATEST doesn't have an EventInvokeConfig") == true)
        let target = "\(LambdaServer.arnPrefix)g"
        _ = await server.send(
            "PUT", Self.path(),
            .object(["MaximumRetryAttempts": 2, "DestinationConfig": Self.destinations(failure: target)]))
        let changed = await server.send("POST", Self.path(), .object(["MaximumEventAgeInSeconds": 21_600]))
        #expect(changed["MaximumRetryAttempts"] == 2)
        #expect(changed["MaximumEventAgeInSeconds"] == 21_600)
        #expect(changed["DestinationConfig"] == Self.destinations(failure: target))
        let moved = await server.send(
            "POST", Self.path(), .object(["DestinationConfig": Self.destinations(success: target)]))
        #expect(moved["DestinationConfig"] == Self.destinations(success: target))
        let replaced = await server.send("PUT", Self.path(), .object(["MaximumRetryAttempts": 0]))
        #expect(replaced["MaximumEventAgeInSeconds"] == nil)
        #expect(replaced["DestinationConfig"] == Self.destinations())
        #expect(await server.send("GET", Self.path()).json == replaced.json)
    }

    @Test(arguments: ["PUT", "POST"])
    func badSettingsAreRefused(_ method: String) async throws {
        let server = try await server()
        _ = await server.send("PUT", Self.path(), .object(["MaximumRetryAttempts": 0]))
        let before = await server.send("GET", Self.path()).json
        let queue = "arn:aws:sqs:us-west-2:123456789012:queue"
        let elsewhere = "arn:aws:lambda:us-east-1:123456789012:function:g"
        let unsupported = "is not supported by this Trellis: only functions of the same account and Region are."
        let validation = "1 validation error detected: Value "
        let failed = "failed to satisfy constraint: Member must have value"
        let refusals = [
            Refusal(
                members: [:], 400, "InvalidParameterValueException",
                "You must specify at least one of error handling or destination setting."),
            Refusal(
                members: ["MaximumRetryAttempts": 3], 400, "ValidationException",
                "\(validation)'3' at 'maximumRetryAttempts' \(failed) less than or equal to 2"),
            Refusal(
                members: ["MaximumRetryAttempts": -1], 400, "ValidationException",
                "\(validation)'-1' at 'maximumRetryAttempts' \(failed) greater than or equal to 0"),
            Refusal(
                members: ["MaximumEventAgeInSeconds": 59], 400, "ValidationException",
                "\(validation)'59' at 'maximumEventAgeInSeconds' \(failed) greater than or equal to 60"),
            Refusal(
                members: ["MaximumEventAgeInSeconds": 21_601], 400, "ValidationException",
                "\(validation)'21601' at 'maximumEventAgeInSeconds' \(failed) less than or equal to 21600"),
            Refusal(
                members: ["DestinationConfig": Self.destinations(success: "\(LambdaServer.arnPrefix)f:live")],
                400, "InvalidParameterValueException",
                "You can't specify the function as a destination for itself."),
            Refusal(
                members: ["DestinationConfig": Self.destinations(failure: queue)],
                400, "InvalidParameterValueException", "The destination \(queue) \(unsupported)"),
            Refusal(
                members: ["DestinationConfig": Self.destinations(failure: "kafka://topic")],
                400, "InvalidParameterValueException", "The destination kafka://topic \(unsupported)"),
            Refusal(
                members: ["DestinationConfig": Self.destinations(failure: elsewhere)],
                400, "InvalidParameterValueException", "The destination \(elsewhere) \(unsupported)"),
            Refusal(
                members: ["DestinationConfig": Self.destinations(failure: "\(LambdaServer.arnPrefix)h")],
                400, "InvalidParameterValueException",
                "The destination ARN \(LambdaServer.arnPrefix)h is invalid."),
            Refusal(
                members: ["DestinationConfig": Self.destinations(failure: "\(LambdaServer.arnPrefix)g:7")],
                400, "InvalidParameterValueException",
                "The destination ARN \(LambdaServer.arnPrefix)g:7 is invalid."),
        ]
        for refusal in refusals {
            let answer = await server.send(method, Self.path(), refusal.body)
            #expect(refusal.matches(answer), "\(answer)")
        }
        #expect(await server.send("GET", Self.path()).json == before)
    }

    @Test(arguments: ["h", "f:2", "f:next"])
    func whatIsNotThereHasNone(_ function: String) async throws {
        let server = try await server()
        for method in ["PUT", "POST", "GET", "DELETE"] {
            let body: JSONValue? = ["PUT", "POST"].contains(method) ? .object(["MaximumRetryAttempts": 1]) : nil
            let answer = await server.send(method, Self.path(function), body)
            #expect(answer.status == 404, "\(method): \(answer)")
            let qualified = function.contains(":") ? function : function + ":$LATEST"
            let none = "The function \(LambdaServer.arnPrefix)\(qualified) doesn't have an EventInvokeConfig"
            #expect(answer.message == (body == nil ? none : "The function doesn't exist."))
        }
    }

    @Test func listsHavePages() async throws {
        let server = try await server()
        for qualifier in ["", "?Qualifier=1", "?Qualifier=live"] {
            _ = await server.send("PUT", Self.path("f", qualifier), .object(["MaximumRetryAttempts": 1]))
        }
        _ = await server.send("PUT", Self.path("g"), .object(["MaximumRetryAttempts": 1]))
        var arns: [String] = []
        var marker = ""
        repeat {
            let page = await server.send("GET", Self.path() + "/list?MaxItems=1\(marker)")
            arns += (page["FunctionEventInvokeConfigs"]?.elements ?? []).compactMap { $0["FunctionArn"]?.text }
            marker = page["NextMarker"]?.text.map { "&Marker=\($0)" } ?? ""
        } while !marker.isEmpty && arns.count < 10
        #expect(arns == ["live", "$LATEST", "1"].map { "\(LambdaServer.arnPrefix)f:\($0)" })
        #expect(await server.send("GET", Self.path() + "/list?MaxItems=51").errorType == "ValidationException")
        #expect(await server.send("GET", Self.path("h") + "/list").status == 404)
    }

    @Test func configurationsGoWithWhatTheyAreOf() async throws {
        let server = try await server()
        for qualifier in ["", "?Qualifier=1", "?Qualifier=live"] {
            _ = await server.send("PUT", Self.path("f", qualifier), .object(["MaximumRetryAttempts": 1]))
        }
        func kept() async throws -> Int {
            try await server.store.range(under: .all(.functionEventInvoke, in: server.scope)).entries.count
        }
        #expect(try await kept() == 3)
        #expect(await server.send("DELETE", "/functions/f/aliases/live").status == 204)
        #expect(try await kept() == 2)
        #expect(await server.send("DELETE", "/functions/f:1").status == 204)
        #expect(try await kept() == 1)
        #expect(await server.send("DELETE", "/functions/f").status == 204)
        #expect(try await kept() == 0)
    }
}
