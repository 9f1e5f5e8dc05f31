import Foundation
import Testing
import TrellisAPI
import TrellisFunctionHost
import TrellisModel
import TrellisStore

@testable import TrellisLambdaAPI

@Suite struct ProvisionedConcurrencyTests {
    /// A function `f` with versions 1 and 2 and the alias `live` of version 1.
    private func server() async throws -> LambdaServer {
        let server = try LambdaServer()
        try await server.create("f", ["Publish": true])
        try await server.publish(code: "second")
        let alias = JSONValue.object(["Name": "live", "FunctionVersion": "1"])
        #expect(await server.send("POST", "/functions/f/aliases", alias).status == 201)
        return server
    }

    private func path(_ qualifier: String, of name: String = "f") -> String {
        "/2019-09-30/functions/\(name)/provisioned-concurrency?Qualifier=\(qualifier)"
    }

    private func put(_ number: JSONValue, _ qualifier: String, of name: String = "f", on server: LambdaServer) async
        -> Answer
    {
        await server.send(
            "PUT", path(qualifier, of: name), .object(["ProvisionedConcurrentExecutions": number]))
    }

    private func version(_ number: Int, on server: LambdaServer) throws -> FunctionARN {
        FunctionARN(scope: server.scope, name: try #require(FunctionName("f")), qualifier: .version(number))
    }

    private func numbers(_ answer: Answer) -> [JSONValue?] {
        ["Requested", "Allocated", "Available"].map { answer["\($0)ProvisionedConcurrentExecutions"] }
    }

    @Test(arguments: ["1", "live"])
    func statusFollowsTheHost(_ qualifier: String) async throws {
        let server = try await server()
        let answer = await put(3, qualifier, on: server)
        #expect(answer.status == 202)
        #expect(numbers(answer) == [3, 0, 0])
        #expect(answer["Status"] == "IN_PROGRESS")
        #expect(answer["LastModified"]?.text?.hasSuffix("+0000") == true)

        let arn = try version(1, on: server)
        let steps: [(ProvisionedEnvironments, [JSONValue?], JSONValue, JSONValue?)] = [
            (.init(allocated: 3, available: 2), [3, 3, 2], "IN_PROGRESS", nil),
            (.init(allocated: 3, available: 3), [3, 3, 3], "READY", nil),
            // More than asked for, after the number was lowered, is none of the caller's.
            (.init(allocated: 5, available: 5), [3, 3, 3], "READY", nil),
            (.init(allocated: 2, available: 1, failure: "no room"), [3, 2, 1], "FAILED", "no room"),
            (.init(allocated: 3, available: 3, failure: "old"), [3, 3, 3], "READY", nil),
        ]
        for (environments, expected, status, reason) in steps {
            server.provisioned.set(arn, environments)
            let shown = await server.send("GET", path(qualifier))
            #expect(shown.status == 200)
            #expect(numbers(shown) == expected)
            #expect(shown["Status"] == status)
            #expect(shown["StatusReason"] == reason)
        }
        #expect(await server.send("DELETE", path(qualifier)).status == 204)
        let gone = await server.send("GET", path(qualifier))
        #expect(gone.status == 404)
        #expect(gone.errorType == "ProvisionedConcurrencyConfigNotFoundException")
        #expect(gone.message == "No Provisioned Concurrency Config found for this function")
        #expect(await server.send("DELETE", path(qualifier)).status == 204)
    }

    @Test func allConfigurationsAreListedWithTheirARN() async throws {
        let server = try await server()
        let list = "/2019-09-30/functions/f/provisioned-concurrency?List=ALL"
        #expect(await server.send("GET", list).json == .object(["ProvisionedConcurrencyConfigs": .array([])]))
        #expect(await put(2, "2", on: server).status == 202)
        #expect(await put(1, "live", on: server).status == 202)
        let all = await server.send("GET", list)["ProvisionedConcurrencyConfigs"]?.elements ?? []
        #expect(all.map { $0["FunctionArn"]?.text } == ["live", "2"].map { LambdaServer.arnPrefix + "f:" + $0 })
        let first = await server.send("GET", list + "&MaxItems=1")
        let marker = try #require(first["NextMarker"]?.text)
        let rest = await server.send("GET", list + "&Marker=\(marker)")
        #expect(rest["ProvisionedConcurrencyConfigs"]?.elements == Array(all.dropFirst()))
    }

    /// Two aliases of one version: the environments of the version are given out in the order of the keys.
    @Test func aliasesOfOneVersionShareItsEnvironments() async throws {
        let server = try await server()
        let other = JSONValue.object(["Name": "next", "FunctionVersion": "1"])
        #expect(await server.send("POST", "/functions/f/aliases", other).status == 201)
        #expect(await put(2, "live", on: server).status == 202)
        #expect(await put(3, "next", on: server).status == 202)
        server.provisioned.set(try version(1, on: server), .init(allocated: 5, available: 3))
        #expect(numbers(await server.send("GET", path("live"))) == [2, 2, 2])
        #expect(numbers(await server.send("GET", path("next"))) == [3, 3, 1])
    }

    @Test func versionsThatDoNotSuitAreRefused() async throws {
        let server = try await server()
        let dev = JSONValue.object(["Name": "dev", "FunctionVersion": "$LATEST"])
        #expect(await server.send("POST", "/functions/f/aliases", dev).status == 201)
        let weights = JSONValue.object(["AdditionalVersionWeights": .object(["2": .double(0.5)])])
        let split = JSONValue.object(["Name": "split", "FunctionVersion": "1", "RoutingConfig": weights])
        #expect(await server.send("POST", "/functions/f/aliases", split).status == 201)
        let unpublished = "Provisioned Concurrency Configs cannot be applied to unpublished function versions."
        let arn = LambdaServer.arnPrefix + "f"
        let rows: [(String, Int, String, String)] = [
            ("$LATEST", 400, "InvalidParameterValueException", unpublished),
            ("dev", 400, "InvalidParameterValueException", unpublished),
            (
                "split", 400, "InvalidParameterValueException",
                "Alias with weights can not be used with Provisioned Concurrency"
            ),
            ("7", 404, "ResourceNotFoundException", "Function not found: \(arn):7"),
            ("none", 404, "ResourceNotFoundException", "Cannot find alias arn: \(arn):none"),
        ]
        for (qualifier, status, type, message) in rows {
            let answer = await put(1, qualifier, on: server)
            #expect(answer.status == status, "\(qualifier)")
            #expect(answer.errorType == type, "\(qualifier)")
            #expect(answer.message == message, "\(qualifier)")
        }
        for method in ["GET", "DELETE"] {
            let answer = await server.send(method, path("$LATEST"))
            #expect(answer.status == 400)
            #expect(answer.message == "The function resource provided must be an alias or a published version.")
            #expect(await server.send(method, path("7")).status == 404)
        }
        let unqualified = await server.send("GET", "/2019-09-30/functions/f/provisioned-concurrency")
        #expect(unqualified.errorType == "ValidationException")
        let none = await put(0, "1", on: server)
        #expect(none.message?.hasSuffix("Member must have value greater than or equal to 1") == true)
    }

    @Test func aVersionIsProvisionedOnceDirectlyOrByAlias() async throws {
        let server = try await server()
        #expect(await put(1, "live", on: server).status == 202)
        let version = await put(1, "1", on: server)
        #expect(version.status == 409)
        #expect(version.message == "Version is pointed by a Provisioned Concurrency alias")
        #expect(await put(1, "2", on: server).status == 202)
        for (target, status) in [("2", 409), ("$LATEST", 400), ("1", 200)] {
            let body = JSONValue.object(["FunctionVersion": .string(target)])
            let answer = await server.send("PUT", "/functions/f/aliases/live", body)
            #expect(answer.status == status, "\(answer)")
        }
        #expect(await server.send("DELETE", path("live")).status == 204)
        #expect(await put(1, "1", on: server).status == 202)
        let alias = await put(1, "live", on: server)
        #expect(alias.status == 409)
        #expect(
            alias.message
                == "Alias can't be used for Provisioned Concurrency configuration on an already Provisioned version")
    }

    @Test func itStaysWithinReservationAndAccount() async throws {
        let server = try await server()
        let tooMany = await put(1001, "1", on: server)
        #expect(
            tooMany.message
                == "Specified ConcurrentExecutions for function is greater than account's unreserved concurrency "
                + "[1000].")
        let tooLittleLeft = await put(901, "1", on: server)
        #expect(
            tooLittleLeft.message
                == "Specified ConcurrentExecutions for function decreases account's UnreservedConcurrentExecution "
                + "below its minimum value of [100].")
        #expect(await put(900, "1", on: server).status == 202)
        #expect(await put(1, "2", on: server).status == 400)
        #expect(await put(5, "1", on: server).status == 202)
        let concurrency = "/2017-10-31/functions/f/concurrency"
        let lower = await server.send("PUT", concurrency, .object(["ReservedConcurrentExecutions": 4]))
        #expect(
            lower.message
                == " ReservedConcurrentExecutions  4 should not be lower than function's total provisioned "
                + "concurrency [5].")
        #expect(await server.send("PUT", concurrency, .object(["ReservedConcurrentExecutions": 6])).status == 200)
        let reserved = await put(2, "2", on: server)
        #expect(
            reserved.message
                == "Requested Provisioned Concurrency should not be greater than the reservedConcurrentExecution "
                + "for function")
        #expect(await put(1, "2", on: server).status == 202)
    }

    @Test func itGoesWithItsVersionAliasOrFunction() async throws {
        let server = try await server()
        #expect(await put(1, "2", on: server).status == 202)
        #expect(await put(1, "live", on: server).status == 202)
        let prefix = StoreKey.all(.provisionedConcurrency, in: server.scope)
        #expect(try await server.store.range(under: prefix).entries.count == 2)
        #expect(await server.send("DELETE", "/functions/f/aliases/live").status == 204)
        #expect(await server.send("DELETE", "/functions/f?Qualifier=2").status == 204)
        #expect(try await server.store.range(under: prefix).entries.isEmpty)
        #expect(await put(1, "1", on: server).status == 202)
        #expect(await server.send("DELETE", "/functions/f").status == 204)
        #expect(try await server.store.range(under: prefix).entries.isEmpty)
    }
}
