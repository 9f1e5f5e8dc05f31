package import TrellisModel
import TrellisStore

/// What a function's owner may say about its asynchronous invocations; the defaults are Lambda's.
///
/// - Source: reference lambda.md §3.2; `FunctionEventInvokeConfig` in the service model.
package struct EventInvocationSettings: Hashable, Sendable {
    /// Further attempts after the function failed, 0 to 2.
    package var maximumRetryAttempts: Int
    /// From acceptance until the event is given up, 60 seconds to 6 hours.
    package var maximumEventAge: Duration
    /// The function that is told of every success.
    package var onSuccess: FunctionARN?
    /// The function that is told of every event that was given up.
    package var onFailure: FunctionARN?

    package init(
        maximumRetryAttempts: Int = 2, maximumEventAge: Duration = .seconds(21_600), onSuccess: FunctionARN? = nil,
        onFailure: FunctionARN? = nil
    ) {
        self.maximumRetryAttempts = maximumRetryAttempts
        self.maximumEventAge = maximumEventAge
        self.onSuccess = onSuccess
        self.onFailure = onFailure
    }

    /// Looks the settings up for a function as it was called: qualifiers have settings of their own.
    package typealias Lookup = @Sendable (FunctionARN) async throws -> EventInvocationSettings
}

extension EventInvocationQueue {
    /// The event-invoke configuration of exactly the qualifier that was called; that of `$LATEST` for none.
    func settings(of function: FunctionARN) async throws -> EventInvocationSettings {
        let key = StoreKey.functionEventInvoke(
            function.qualifier ?? .latest, of: function.name, in: function.scope)
        guard let entry = try await store.get(key) else { return EventInvocationSettings() }
        let record = try StoredRecordCoding.decode(FunctionEventInvokeRecord.self, from: entry.value, at: key)
        var settings = EventInvocationSettings(onSuccess: record.onSuccess, onFailure: record.onFailure)
        if let attempts = record.maximumRetryAttempts { settings.maximumRetryAttempts = attempts }
        if let age = record.maximumEventAgeSeconds { settings.maximumEventAge = .seconds(age) }
        return settings
    }
}
