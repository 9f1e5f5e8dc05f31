import Glibc
package import NIOCore

/// Who is at the other end of a Runtime API connection.
///
/// Every process of the machine can reach a port on loopback. Only those of the environment that the port belongs to may
/// use it: at accept, the kernel names the socket at the other end, and one of the environment's processes must have it.
package struct RuntimeAPIPeer: Hashable, Sendable {
    package var peer: SocketAddress
    package var server: SocketAddress

    package init(peer: SocketAddress, server: SocketAddress) {
        self.peer = peer
        self.server = server
    }

    /// Descriptors that are looked at for one connection; a function has 1,024 in each process.
    private static let budget = 100_000

    /// Whether the other end belongs to the process, a descendant of it, or another process of its session.
    ///
    /// Blocks for some ten microseconds, or longer where a function has many processes and descriptors.
    package func belongs(to process: Int32) -> Bool {
        guard let inode = SocketTable.inode(local: peer, remote: server), inode != 0 else { return false }
        var budget = Self.budget
        var looked: Set<pid_t> = []
        for member in [process] + ProcessTree.descendants(of: process) {
            looked.insert(member)
            if ProcessTree.hasSocket(inode, process: member, budget: &budget) { return true }
        }
        // One whose parent has ended belongs to another parent now, but cannot have joined a foreign session.
        for member in ProcessTree.members(ofSession: process) where looked.insert(member).inserted {
            if ProcessTree.hasSocket(inode, process: member, budget: &budget) { return true }
        }
        return false
    }
}
