extension ForwardedHeaders {
    /// The lines of a target's response that the client gets: all but those of one hop.
    ///
    /// - Source: reference "Headers", hop-by-hop, which are stripped both ways.
    package static func passedBack(_ headers: some Sequence<(name: String, value: String)>) -> HeaderList {
        var lines = HeaderList()
        lines.reserveCapacity(headers.underestimatedCount)
        var connectionValues: [String] = []
        for (name, value) in headers {
            if name.withUTF8Bytes({ FieldName.equals($0, "connection") }) {
                if HopByHopHeaders.mayNameHeaders(value) { connectionValues.append(value) }
            } else if !name.withUTF8Bytes(HopByHopHeaders.contains) {
                lines.append((name: name, value: value))
            }
        }
        if !connectionValues.isEmpty {
            HopByHopHeaders.removeHeaders(namedIn: connectionValues, from: &lines)
        }
        return lines
    }

    /// The lines of a request's trailer section that the target gets.
    ///
    /// What a head does not pass on, or what frames or addresses a message, may not come by the back door: a target may
    /// take trailers for headers.
    ///
    /// - Source: RFC 9110, section 6.5.1.
    package static func passedTrailers(_ trailers: some Sequence<(name: String, value: String)>) -> HeaderList {
        var composition = ForwardedHeaderComposition(lineCount: 0, forwardsCallerCredentials: false)
        return trailers.filter { name, value in
            guard composition.addNotingTreatment(name, value) == .passed else { return false }
            return !name.withUTF8Bytes {
                FieldName.equals($0, "host") || FieldName.equals($0, "content-length")
                    || FieldName.equals($0, "authorization") || FieldName.equals($0, "cookie")
            }
        }
    }
}
