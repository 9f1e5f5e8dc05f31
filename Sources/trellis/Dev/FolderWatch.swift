import Foundation

/// Notices changes in a folder of code, with the kernel's inotify.
final class FolderWatch: Sendable {
    enum Event: Sendable {
        case nothing
        case changed
        /// The folder itself is gone.
        case ended
    }

    private static let mask =
        UInt32(IN_CLOSE_WRITE) | UInt32(IN_MOVED_TO) | UInt32(IN_MOVED_FROM) | UInt32(IN_CREATE) | UInt32(IN_DELETE)
        | UInt32(IN_ATTRIB) | UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_ONLYDIR)

    private let folder: CodeFolder
    private let descriptor: CInt
    /// The kernel's number of the folder itself.
    private let root: CInt

    /// - Throws: ``CommandFailure`` if the kernel does not watch.
    init(_ folder: CodeFolder) throws {
        let descriptor = inotify_init1(CInt(IN_CLOEXEC | IN_NONBLOCK))
        guard descriptor >= 0 else { throw Self.failure(folder.path) }
        let root = inotify_add_watch(descriptor, folder.path, Self.mask)
        guard root >= 0 else {
            let failure = Self.failure(folder.path)
            close(descriptor)
            throw failure
        }
        self.folder = folder
        self.descriptor = descriptor
        self.root = root
    }

    deinit { close(descriptor) }

    /// Watches every folder below; to be repeated after a change, for new ones.
    ///
    /// What is written to a new folder before it is watched is seen by whoever reads the files after this.
    func cover() throws {
        for path in try folder.folders() where inotify_add_watch(descriptor, path, Self.mask) < 0 {
            // Removed or replaced meanwhile, which is a change of its own.
            guard errno == ENOENT || errno == ENOTDIR else { throw Self.failure(path) }
        }
    }

    /// Waits for a change that concerns the code.
    ///
    /// Blocks, at most for the given time.
    func wait(milliseconds: CInt) throws -> Event {
        var request = pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0)
        guard poll(&request, 1, milliseconds) > 0 else { return .nothing }
        var event = Event.nothing
        var buffer = [UInt8](repeating: 0, count: 16_384)
        while true {
            let count = read(descriptor, &buffer, buffer.count)
            guard count > 0 else { return event }
            for change in Changes(bytes: buffer[..<count]) {
                switch meaning(change) {
                case .nothing: continue
                case .changed: event = .changed
                case .ended: return .ended
                }
            }
        }
    }

    private func meaning(_ change: Change) -> Event {
        let isGone = change.mask & (UInt32(IN_DELETE_SELF) | UInt32(IN_MOVE_SELF) | UInt32(IN_UNMOUNT)) != 0
        if isGone, change.watch == root { return .ended }
        if change.mask & UInt32(IN_Q_OVERFLOW) != 0 { return .changed }
        return isGone || change.name.isEmpty || CodeFolder.isIgnored(change.name) ? .nothing : .changed
    }

    private static func failure(_ path: String) -> CommandFailure {
        let reason = errno
        let hint =
            reason == ENOSPC || reason == EMFILE
            ? "; raise the limit with 'sysctl fs.inotify.max_user_watches=524288 fs.inotify.max_user_instances=512'"
            : ""
        return CommandFailure(.unavailable, "cannot watch \(path): \(String(cString: strerror(reason)))\(hint)")
    }
}

/// One `struct inotify_event`.
private struct Change {
    var watch: CInt
    var mask: UInt32
    /// Of the file in the watched folder; empty if the event is about the folder itself.
    var name: String
}

/// The events in the kernel's answer: number (4 bytes), mask (4), cookie (4), length of the name (4), the name with zeros
/// behind it.
private struct Changes: Sequence, IteratorProtocol {
    private static let headSize = 16

    private var bytes: ArraySlice<UInt8>

    init(bytes: ArraySlice<UInt8>) { self.bytes = bytes }

    mutating func next() -> Change? {
        let head = bytes.prefix(Self.headSize)
        guard head.count == Self.headSize else { return nil }
        let words = head.withUnsafeBytes { raw in
            (0..<4).map { raw.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self) }
        }
        bytes = bytes.dropFirst(Self.headSize)
        let name = bytes.prefix(Int(words[3])).prefix { $0 != 0 }
        bytes = bytes.dropFirst(Int(words[3]))
        return Change(watch: CInt(bitPattern: words[0]), mask: words[1], name: String(decoding: name, as: UTF8.self))
    }
}
