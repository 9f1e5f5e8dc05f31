/// The options of `trellis event`: how they are spelled and what they say.
///
/// The parser and the help text both read this table. The options of a request are curl's, with curl's meanings; several
/// of them depend on the order in which they stand, which is kept.
enum EventOption: CaseIterable {
    case request, header, data, dataRaw, dataBinary, dataURLEncode, json, get, head
    case user, userAgent, referer, cookie, pathAsIs, url, raw
    case v1, v2, compact, explain, noLatticeHeaders
    case clientAddress, port, `protocol`, serviceARN, serviceNetworkARN, targetGroupARN, sourceVpcARN, region
    case time, requestID, identity
    case response
    case help

    enum Section: String, CaseIterable {
        case request = "The request (as in curl)"
        case event = "The event"
        case context = "What Lattice knows"
        case response = "A function's answer"
    }

    struct Description {
        var short: Character?
        var long: [String]
        /// The placeholder of the value; `nil` for a flag.
        var value: String?
        var section: Section
        var help: String
    }

    var takesValue: Bool { description.value != nil }

    /// For messages: the long spelling.
    var name: String { "--" + (description.long.first ?? "") }

    static func long(_ name: String) -> EventOption? {
        allCases.first { $0.description.long.contains(name) }
    }

    static func short(_ name: Character) -> EventOption? {
        allCases.first { $0.description.short == name }
    }

    var description: Description {
        switch self {
        case .request: .init("X", ["request"], "method", .request, "The method; otherwise GET, or POST with data.")
        case .header:
            .init(
                "H", ["header"], "line", .request,
                "A header 'Name: value'. 'Name;' sends it empty, 'Name:' sends none; '@file' reads lines.")
        case .data:
            .init(
                "d", ["data", "data-ascii"], "data", .request,
                "A body of content type application/x-www-form-urlencoded; several are joined by '&'. "
                    + "'@file' reads a file without its line breaks, '@-' standard input.")
        case .dataRaw: .init(nil, ["data-raw"], "data", .request, "The same, but '@' is nothing special.")
        case .dataBinary: .init(nil, ["data-binary"], "data", .request, "The same, but a file is taken as it is.")
        case .dataURLEncode:
            .init(
                nil, ["data-urlencode"], "data", .request,
                "The same, percent-encoded: 'text', '=text', 'name=text', '@file' or 'name@file'.")
        case .json:
            .init(nil, ["json"], "data", .request, "A body, with content-type and accept application/json.")
        case .get: .init("G", ["get"], nil, .request, "Put the data into the query instead of the body.")
        case .head: .init("I", ["head"], nil, .request, "The method HEAD.")
        case .user: .init("u", ["user"], "name:password", .request, "Basic authorization.")
        case .userAgent: .init("A", ["user-agent"], "text", .request, "User-Agent. (default: trellis-event)")
        case .referer: .init("e", ["referer"], "url", .request, "Referer.")
        case .cookie: .init("b", ["cookie"], "name=value", .request, "Cookie; several are joined by ';'.")
        case .pathAsIs: .init(nil, ["path-as-is"], nil, .request, "Keep /./ and /../ in the path.")
        case .url: .init(nil, ["url"], "url", .request, "The URL, if it shall not stand alone.")
        case .raw:
            .init(nil, ["raw"], nil, .request, "Read a whole HTTP/1.1 message on standard input; '-' says the same.")
        case .v1: .init(nil, ["v1"], nil, .event, "Event structure V1, which is the API's default.")
        case .v2: .init(nil, ["v2"], nil, .event, "Event structure V2. (default)")
        case .compact: .init(nil, ["compact"], nil, .event, "Exactly the bytes that the function receives.")
        case .explain: .init(nil, ["explain"], nil, .event, "For every member the rule that produced it.")
        case .noLatticeHeaders:
            .init(
                nil, ["no-lattice-headers"], nil, .event, "Leave the headers as sent: nothing added, nothing dropped.")
        default: contextDescription
        }
    }

    private var contextDescription: Description {
        switch self {
        case .clientAddress:
            .init(nil, ["client-address"], "ip", .context, "The client's address. (default: 127.0.0.1)")
        case .port: .init(nil, ["port"], "port", .context, "The listener's port. (default: the URL's, or Host's)")
        case .protocol:
            .init(nil, ["protocol"], "http|https", .context, "The listener's protocol. (default: the URL's, or http)")
        case .serviceARN:
            .init(nil, ["service-arn"], "arn", .context, "The service. (default: \(EventContextOptions.serviceARN))")
        case .serviceNetworkARN:
            .init(
                nil, ["service-network-arn"], "arn|none", .context,
                "The service network. (default: \(EventContextOptions.serviceNetworkARN))")
        case .targetGroupARN:
            .init(
                nil, ["target-group-arn"], "arn", .context,
                "The target group. (default: \(EventContextOptions.targetGroupARN))")
        case .sourceVpcARN: .init(nil, ["source-vpc-arn"], "arn", .context, "The client's VPC. (default: not known)")
        case .region: .init(nil, ["region"], "name", .context, "The Region. (default: the one in the service's ARN)")
        case .time:
            .init(
                nil, ["time"], "time", .context,
                "When the request arrives: 2026-01-31T12:00:00.250Z, or microseconds since 1970. (default: now)")
        case .requestID:
            .init(nil, ["request-id"], "text", .context, "What x-amzn-requestid says. (default: a random UUID)")
        case .identity:
            .init(
                nil, ["identity"], "key=value,…", .context,
                "The authenticated caller: \(IdentityOption.keys). A comma in a value is written '\\,'.")
        case .response:
            .init(
                nil, ["response"], "file|-", .response,
                "Take a function's answer from a file or standard input and print the HTTP response that a client "
                    + "gets, or what is wrong with it and where. With -I or -X HEAD the response to HEAD.")
        default: .init("h", ["help"], nil, .event, "Show this text.")
        }
    }
}

extension EventOption.Description {
    init(
        _ short: Character?, _ long: [String], _ value: String?, _ section: EventOption.Section, _ help: String
    ) {
        self.init(short: short, long: long, value: value, section: section, help: help)
    }
}
