extension ForwardedHeaders {
    /// What becomes of a line of the client.
    public enum Treatment: Hashable, Sendable, CaseIterable {
        /// Passed on as it is.
        case passed
        /// Its value stands at the beginning of the target's `x-forwarded-for`.
        case forwardedFor
        /// Its value, if it is not empty, is the target's `x-amzn-requestid`.
        case requestID
        /// Dropped: a second `x-amzn-requestid`.
        case furtherRequestID
        /// Dropped: it belongs to the connection between client and listener.
        case hopByHop
        /// Dropped: a `connection` line names it.
        case namedByConnection
        /// Dropped: the server that reads the body meets the expectation.
        case expect
        /// Dropped: Lattice says it itself, `x-forwarded-port` and `x-forwarded-proto`.
        case replaced
        /// Dropped: only Lattice may say it, `x-amzn-lattice-*` and `x-amzn-source-vpc`.
        case latticeOnly
        /// Dropped: a secret of the caller's signature, `x-amz-security-token` and an AWS `authorization`.
        case credential
    }

    /// The target's headers and how they came about.
    public struct Explained: Sendable {
        /// The same as ``ForwardedHeaders/compose(_:)`` gives.
        public var composed: Composed
        /// What became of the client's lines, one element per line.
        public var treatments: [Treatment]
        /// How many of the composed lines are the client's; those after them are Lattice's.
        public var passedCount: Int
        /// The first `x-amzn-requestid` as the client sent it.
        public var clientRequestID: String?
    }

    /// Composes the target's headers and notes what becomes of every line.
    ///
    /// - Parameter headers: The client's lines in order.
    public func explain(_ headers: HeaderList) -> Explained {
        var composition = ForwardedHeaderComposition(
            lineCount: headers.count, forwardsCallerCredentials: forwardsCallerCredentials)
        var treatments = headers.map { composition.addNotingTreatment($0.name, $0.value) }
        let passed = treatments.indices.filter { treatments[$0] == .passed }
        for (index, isNamed) in zip(passed, composition.linesNamedByConnection()) where isNamed {
            treatments[index] = .namedByConnection
        }
        return Explained(
            composed: composition.finish(self), treatments: treatments,
            passedCount: treatments.count { $0 == .passed },
            clientRequestID: treatments.firstIndex(of: .requestID).map { headers[$0].value })
    }
}
