import NIOCore
import TrellisAPI

/// The files that pages refer to; they are compiled into the program.
enum Assets {
    private static let files: [String: (type: String, bytes: [UInt8])] = [
        "console.css": ("text/css; charset=utf-8", PackageResources.console_css),
        "weights.js": ("text/javascript; charset=utf-8", PackageResources.weights_js),
        "order.js": ("text/javascript; charset=utf-8", PackageResources.order_js),
        "follow.js": ("text/javascript; charset=utf-8", PackageResources.follow_js),
        "icon.svg": ("image/svg+xml", PackageResources.icon_svg),
        "traffic.js": ("text/javascript; charset=utf-8", PackageResources.traffic_js),
    ]

    /// - Returns: `nil` for a request of something else.
    static func response(to request: ConsoleRequest) -> APIResponse? {
        let prefix = "\(ConsolePath.root)/assets/"
        guard request.method == "GET", request.path.hasPrefix(prefix),
            let file = files[String(request.path.dropFirst(prefix.count))]
        else { return nil }
        return APIResponse(
            status: 200, headers: [("content-type", file.type), ("cache-control", "no-cache")],
            body: ByteBuffer(bytes: file.bytes))
    }
}
