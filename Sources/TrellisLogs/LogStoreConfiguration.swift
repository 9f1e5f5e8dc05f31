package import SystemPackage

/// Settings of a log store; sizes in bytes.
package struct LogStoreConfiguration: Sendable {
    /// Made when it is missing.
    package var directory: FilePath
    /// All log streams together on disk; above it the oldest events go.
    ///
    /// 1 GiB is weeks of a busy laptop.
    package var maximumBytes = 1024 * 1024 * 1024
    /// A file of a stream is closed when it has this size.
    ///
    /// Events expire, and pages are read, by whole files.
    package var segmentBytes = 1024 * 1024
    /// Events that wait for the disk.
    ///
    /// Above it further ones are dropped, and the stream says how many.
    package var maximumPendingBytes = 16 * 1024 * 1024

    package init(directory: FilePath) {
        self.directory = directory
    }
}
