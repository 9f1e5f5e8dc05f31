import TrellisAPI
import TrellisModel
import TrellisStore

/// What PutFunctionEventInvokeConfig and UpdateFunctionEventInvokeConfig are given; `nil` is not given.
struct EventInvokeSettings {
    private var identifier: FunctionIdentifier
    private var qualifier: String?
    private var maximumRetryAttempts: Int?
    private var maximumEventAgeSeconds: Int?
    private var destinations: Destinations?

    private struct Destinations {
        /// Empty texts are none.
        var onSuccess: String?
        var onFailure: String?
    }

    init(_ reader: InputReader, in scope: Scope) {
        identifier = reader.functionLabel(.namespaced, in: scope)
        qualifier = reader.qualifier()
        maximumRetryAttempts = reader.integer("MaximumRetryAttempts", in: 0...2)
        maximumEventAgeSeconds = reader.integer("MaximumEventAgeInSeconds", in: 60...21_600)
        destinations = reader.object("DestinationConfig").map { destinations in
            func arn(_ name: String) -> String? {
                let pattern = LambdaPatterns.destination(ownRegion: scope.region)
                let text = destinations.object(name)?.string("Destination", length: 0...350, pattern: pattern)
                return text.flatMap { $0.isEmpty ? nil : $0 }
            }
            return Destinations(onSuccess: arn("OnSuccess"), onFailure: arn("OnFailure"))
        }
    }

    /// - Throws: ``LambdaError`` if nothing is to be set.
    func function(in scope: Scope) throws(LambdaError) -> FunctionARN {
        guard maximumRetryAttempts != nil || maximumEventAgeSeconds != nil || destinations != nil else {
            throw .noEventInvokeSetting
        }
        return try identifier.resolve(in: scope, qualifier: qualifier)
    }

    /// Puts what was given in the place of what was there; destinations are replaced together.
    ///
    /// - Throws: ``LambdaError`` for a destination that is no function, is not there, or is the function itself.
    func apply(to record: inout FunctionEventInvokeRecord, in session: StoreSession) async throws {
        if let maximumRetryAttempts { record.maximumRetryAttempts = maximumRetryAttempts }
        if let maximumEventAgeSeconds { record.maximumEventAgeSeconds = maximumEventAgeSeconds }
        guard let destinations else { return }
        record.onSuccess = try await Self.destination(destinations.onSuccess, of: record.arn, in: session)
        record.onFailure = try await Self.destination(destinations.onFailure, of: record.arn, in: session)
    }

    private static func destination(
        _ text: String?, of function: FunctionARN, in session: StoreSession
    ) async throws -> FunctionARN? {
        guard let text else { return nil }
        guard let destination = FunctionARN(text), destination.scope == function.scope else {
            throw LambdaError.unsupportedDestination(text)
        }
        guard destination.unqualified != function.unqualified else { throw LambdaError.destinationIsItself }
        guard try await session.isCallable(destination) else { throw LambdaError.destinationInvalid(destination) }
        return destination
    }
}

extension FunctionARN {
    /// Unqualified calls have the configuration of `$LATEST`.
    var eventInvokeKey: StoreKey { .functionEventInvoke(qualifier ?? .latest, of: name, in: scope) }
}

extension StoreSession {
    /// Whether function, version or alias are there.
    func isCallable(_ arn: FunctionARN) async throws -> Bool {
        guard try await exists(.function(arn.name, in: arn.scope)) else { return false }
        switch arn.qualifier {
        case nil, .latest: return true
        case .version(let number): return try await version(number, of: arn) != nil
        case .alias(let name): return try await alias(name, of: arn) != nil
        }
    }

    /// Also `nil` where the function, version or alias is not there: reads do not tell the two apart (recorded).
    func eventInvokeConfig(of arn: FunctionARN) async throws -> FunctionEventInvokeRecord? {
        try await get(FunctionEventInvokeRecord.self, at: arn.eventInvokeKey)
    }
}

extension FunctionEventInvokeRecord {
    /// - Source: recorded answers name `$LATEST` also where the call was unqualified, and show empty destinations.
    var json: JSONValue {
        func destination(_ arn: FunctionARN?) -> JSONValue {
            .object(omittingNil: ["Destination": .optional(arn?.description)])
        }
        return .object(omittingNil: [
            "FunctionArn": .string(arn.description),
            "LastModified": .double(Double(lastModified.millisecondsSinceEpoch) / 1000),
            "MaximumRetryAttempts": maximumRetryAttempts.map { .integer(Int64($0)) },
            "MaximumEventAgeInSeconds": maximumEventAgeSeconds.map { .integer(Int64($0)) },
            "DestinationConfig": .object([
                "OnSuccess": destination(onSuccess), "OnFailure": destination(onFailure),
            ]),
        ])
    }
}
