import Foundation
import Testing
import TrellisAPI
import TrellisModel

@Suite struct ConcurrencyTests {
    @Test func oneOfManyCreatesWins() async throws {
        let server = try LambdaServer()
        let statuses = await withTaskGroup(of: Int.self) { group in
            for number in 0..<20 {
                group.addTask {
                    let body = LambdaServer.createBody(
                        "f", ["Code": .object(["ZipFile": LambdaServer.zip("\(number)")])])
                    return await server.send("POST", "/functions", body).status
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(statuses.filter { $0 == 201 }.count == 1)
        #expect(statuses.filter { $0 == 409 }.count == 19)
    }

    @Test func manyPublishersGetConsecutiveNumbers() async throws {
        let server = try LambdaServer()
        try await server.create()
        let answers = await withTaskGroup(of: Answer.self) { group in
            for number in 0..<16 {
                group.addTask {
                    await server.send(
                        "PUT", "/functions/f/code",
                        .object(["ZipFile": LambdaServer.zip("code \(number)"), "Publish": true]))
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        #expect(answers.allSatisfy { $0.status == 200 }, "\(answers.filter { $0.status != 200 })")
        let numbers = answers.compactMap { $0["Version"]?.text.flatMap { Int($0) } }
        #expect(numbers.sorted() == Array(1...16))
        // Each version is the code of the one who published it.
        for answer in answers {
            let number = try #require(answer["Version"]?.text)
            let version = await server.send("GET", "/functions/f/configuration?Qualifier=\(number)")
            #expect(version["CodeSha256"] == answer["CodeSha256"])
        }
    }

    @Test func manyPublishersOfTheSameCodeGetOneVersion() async throws {
        let server = try LambdaServer()
        try await server.create()
        let numbers = await withTaskGroup(of: String?.self) { group in
            for _ in 0..<16 {
                group.addTask { await server.send("POST", "/functions/f/versions")["Version"]?.text }
            }
            return await group.reduce(into: Set<String?>()) { $0.insert($1) }
        }
        #expect(numbers == ["1"])
    }

    @Test func noPermissionIsLost() async throws {
        let server = try LambdaServer()
        try await server.create()
        await withTaskGroup(of: Void.self) { group in
            for number in 0..<16 {
                group.addTask {
                    let answer = await server.send(
                        "POST", "/functions/f/policy", PermissionTests.permission("s\(number)"))
                    #expect(answer.status == 201)
                }
            }
        }
        let policy = try #require(await server.send("GET", "/functions/f/policy")["Policy"]?.text)
        for number in 0..<16 { #expect(policy.contains(#""Sid":"s\#(number)""#)) }
    }

    /// Either the alias came first and holds the version, or the version is gone and the alias is refused.
    @Test func aVersionIsNotDeletedUnderAnAlias() async throws {
        for round in 0..<10 {
            let server = try LambdaServer()
            try await server.create("f", ["Publish": true])
            async let alias = server.send(
                "POST", "/functions/f/aliases", .object(["Name": "live", "FunctionVersion": "1"]))
            async let deletion = server.send("DELETE", "/functions/f:1")
            let statuses = await [alias.status, deletion.status]
            #expect(statuses == [201, 409] || statuses == [404, 204], "round \(round): \(statuses)")
        }
    }
}
