import Testing
import TrellisAPI
import TrellisModel
import TrellisStore

@testable import TrellisLatticeAPI

@Suite struct LatticeErrorTableTests {
    private static let resource = LatticeError.ResourceReference(id: "svc-1", type: "SERVICE")

    /// One error of every sort, with the shape that it becomes.
    static let errors: [(any Error, String)] = [
        (LatticeError.validation(reason: .other, message: "m", fields: []), "ValidationException"),
        (LatticeError.invalid("a.b", "m"), "ValidationException"),
        (LatticeError.accessDenied(message: "m"), "AccessDeniedException"),
        (LatticeError.notFound(resource), "ResourceNotFoundException"),
        (LatticeError.conflict(message: "m", resource), "ConflictException"),
        (
            LatticeError.quotaExceeded(.servicesPerRegion, limit: 1, resourceType: "SERVICE"),
            "ServiceQuotaExceededException"
        ),
        (InvalidInput(problems: [InputProblem(field: "a", kind: .missing)]), "ValidationException"),
        (ProtocolError.unknownOperation(method: "GET", path: "/"), "ValidationException"),
        (ProtocolError.bodyTooLarge(limit: 1), "ValidationException"),
        (ProtocolError.malformedBody(reason: "m"), "ValidationException"),
        (ProtocolError.malformedTarget, "ValidationException"),
        (StoreError.contended(attempts: 3), "ThrottlingException"),
        (StoreError.closed, "InternalServerException"),
        (StoreError.unusable(path: "/secret", reason: "secret"), "InternalServerException"),
        (StoreError.unreadable(StoreKey(path: "/secret"), reason: "secret"), "InternalServerException"),
        (CancellationError(), "InternalServerException"),
    ]

    @Test(arguments: errors.indices)
    func errorHasNameAndMessage(_ index: Int) {
        let (error, type) = Self.errors[index]
        let wire = LatticeErrorTable().wireError(for: error)
        #expect(wire.type == type)
        #expect(!wire.message.isEmpty)
        #expect(!wire.message.contains("secret"))
    }

    @Test(
        .enabled(if: BotocoreModel.isAvailable, "there is no botocore for python3 on this machine"),
        arguments: errors.indices)
    func errorHasTheStatusAndMembersOfTheModel(_ index: Int) throws {
        let wire = LatticeErrorTable().wireError(for: Self.errors[index].0)
        let shape = try #require(BotocoreModel.service?["shapes"]?[wire.type])
        #expect(shape["error"]?["httpStatusCode"]?.number == wire.status)
        var members = wire.members
        members["message"] = .string(wire.message)
        let problems = ModelShape(name: wire.type).problems(with: .object(members), at: wire.type)
        #expect(problems == [])
    }

    @Test func throttlingSaysWhenToComeBack() {
        let wire = LatticeErrorTable().wireError(for: StoreError.contended(attempts: 1))
        #expect(wire.headers.first { $0.name == "retry-after" }?.value == "1")
    }

    @Test func everyWrongFieldIsInTheMessage() {
        let input = InvalidInput(problems: [
            InputProblem(field: "name", value: "x", kind: .constraint("Member must be longer")),
            InputProblem(field: "port", kind: .missing),
        ])
        let wire = LatticeErrorTable().wireError(for: input)
        #expect(
            wire.message == "2 validation errors detected: Value 'x' at 'name' failed to satisfy constraint:"
                + " Member must be longer; Value null at 'port' failed to satisfy constraint: Member must not be null")
    }

    @Test func storeThatFailsIsAnInternalErrorWithoutDetails() async throws {
        let store = try SQLiteStore.inMemory()
        let world = try TestWorld(store: store)
        try await store.close()
        let reply = await world.send("GET", "/services")
        #expect(reply.status == 500)
        #expect(reply.errorType == "InternalServerException")
        #expect(reply.members == ["message"])
    }
}
