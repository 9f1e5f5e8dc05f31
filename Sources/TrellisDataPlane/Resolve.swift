import NIOHTTP1
import TrellisRouting

extension ConnectionHandler {
    /// *Resolve*: the source VPC, the service network and the service by Host, and the listener by port.
    func resolve(host: String) -> Result<Route, NotFoundReason> {
        loop.snapshot.resolve(host: host, on: binding, from: peer.source)
    }
}
