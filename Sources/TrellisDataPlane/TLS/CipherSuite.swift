/// The cipher suites of TLS 1.2, the preferred one first; the server's order decides.
///
/// Those of TLS 1.3 are the library's: `TLS_AES_128_GCM_SHA256`, `TLS_AES_256_GCM_SHA384`,
/// `TLS_CHACHA20_POLY1305_SHA256`.
///
/// - Source: reference table "TLS".
enum CipherSuite: UInt16, CaseIterable, Sendable {
    case ecdheAES128GCM = 0xC02F
    case ecdheAES128SHA = 0xC013
    case ecdheAES256GCM = 0xC030
    case ecdheAES256SHA = 0xC014
    case aes128GCM = 0x009C
    case aes128SHA = 0x002F
    case aes256GCM = 0x009D
    case aes256SHA = 0x0035

    /// The name in OpenSSL's lists and in access logs.
    var name: String {
        switch self {
        case .ecdheAES128GCM: "ECDHE-RSA-AES128-GCM-SHA256"
        case .ecdheAES128SHA: "ECDHE-RSA-AES128-SHA"
        case .ecdheAES256GCM: "ECDHE-RSA-AES256-GCM-SHA384"
        case .ecdheAES256SHA: "ECDHE-RSA-AES256-SHA"
        case .aes128GCM: "AES128-GCM-SHA256"
        case .aes128SHA: "AES128-SHA"
        case .aes256GCM: "AES256-GCM-SHA384"
        case .aes256SHA: "AES256-SHA"
        }
    }

    /// Whether HTTP/2 may be spoken: RFC 9113, appendix A, prohibits the others.
    var allowsHTTP2: Bool { self == .ecdheAES128GCM || self == .ecdheAES256GCM }

    /// The suite for a client that does not know TLS 1.3.
    ///
    /// - Parameter offered: The client's list, whose order does not count.
    static func choose(from offered: [UInt16]) -> CipherSuite? {
        allCases.first { offered.contains($0.rawValue) }
    }

    /// The name of a negotiated suite; `nil` for one that no server of ours agrees to.
    static func name(of suite: UInt16) -> String? {
        switch suite {
        case 0x1301: "TLS_AES_128_GCM_SHA256"
        case 0x1302: "TLS_AES_256_GCM_SHA384"
        case 0x1303: "TLS_CHACHA20_POLY1305_SHA256"
        default: CipherSuite(rawValue: suite)?.name
        }
    }
}
