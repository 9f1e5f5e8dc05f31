import NIOHTTP1
import TrellisRouting

extension ConnectionHandler {
    /// *Match*: the action of the first rule that matches, else the default action.
    func match(_ route: Route, _ head: HTTPRequestHead) -> CompiledAction {
        route.listener.action(for: HeadView(head: head))
    }
}

/// A request head as routing looks at it.
struct HeadView: RequestView {
    let head: HTTPRequestHead

    var method: String { head.method.rawValue }
    var target: String { head.uri }

    func forEachHeader(_ visit: (_ name: String, _ value: String) -> Bool) {
        for (name, value) in head.headers where !visit(name, value) { return }
    }
}
