/// An asynchronous invocation that is not done yet: which function, with which event.
///
/// Written once and deleted together with its ``EventInvocationDueRecord``, which says when it is tried next.
package struct EventInvocationRecord: StoredRecord, Equatable {
    package var scope: Scope
    /// A UUID, the same in every attempt.
    package var requestID: String
    /// As called: the qualifier is resolved anew for each attempt.
    package var function: FunctionARN
    /// JSON text.
    package var payload: String
    package var acceptedAt: Timestamp

    package init(
        scope: Scope, requestID: String, function: FunctionARN, payload: String, acceptedAt: Timestamp
    ) {
        self.scope = scope
        self.requestID = requestID
        self.function = function
        self.payload = payload
        self.acceptedAt = acceptedAt
    }

    package var key: StoreKey { StoreKey(scope, .eventInvocation, requestID) }
}

/// The place of an asynchronous invocation in its queue, apart from its event so that the queue is cheap to read.
package struct EventInvocationDueRecord: StoredRecord, Equatable {
    package var scope: Scope
    package var requestID: String
    /// Not before this time.
    package var dueAt: Timestamp
    /// How often the function has failed.
    package var failures: Int
    /// How often the function could not be reached since it failed last: throttles and missing environments.
    package var rejections: Int

    package init(scope: Scope, requestID: String, dueAt: Timestamp, failures: Int = 0, rejections: Int = 0) {
        self.scope = scope
        self.requestID = requestID
        self.dueAt = dueAt
        self.failures = failures
        self.rejections = rejections
    }

    /// Sorts by due time.
    package var key: StoreKey {
        let time = String(max(0, dueAt.millisecondsSinceEpoch))
        return StoreKey(
            scope, .eventInvocationDue, String(repeating: "0", count: max(0, 16 - time.count)) + time, requestID)
    }

    package var event: StoreKey { StoreKey(scope, .eventInvocation, requestID) }
}
