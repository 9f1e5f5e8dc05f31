/// Where an AWS service, or something that speaks its protocol, is reached.
package struct AWSEndpoint: Hashable, Sendable {
    /// `http` or `https`.
    package var scheme: String
    /// With the port if it is not the scheme's own.
    package var host: String
    /// `nil` signs for the Region of the destination, or of the subscription.
    package var region: String?

    /// - Returns: `nil` unless the text is `http://host` or `https://host`, perhaps with a port.
    package init?(url text: String, region: String? = nil) {
        guard let colon = text.firstIndex(of: ":"), text[colon...].hasPrefix("://") else { return nil }
        let scheme = text[..<colon].lowercased()
        var host = text[colon...].dropFirst(3)
        if host.hasSuffix("/") { host = host.dropLast() }
        let forbidden = Set("/?#@ \t\r\n")
        guard scheme == "http" || scheme == "https", !host.isEmpty, !host.contains(where: forbidden.contains),
            host.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { return nil }
        self.scheme = scheme
        self.host = String(host)
        self.region = region
    }
}
