internal import Glibc

/// What tells one state of a file from another without reading it: place, size, and the times of its last changes.
///
/// The time of change is the system's own and cannot be set, so a file that was written to or put in another's place
/// has another identity.
package struct FileIdentity: Sendable, Equatable {
    /// Device, inode, bytes, nanoseconds of the last write and of the last change.
    package let numbers: [UInt64]

    /// The identity that was noted down as these five numbers.
    package init(numbers: [UInt64]) {
        self.numbers = numbers
    }

    init(_ status: stat) {
        func nanoseconds(_ time: timespec) -> UInt64 {
            UInt64(truncatingIfNeeded: time.tv_sec) &* 1_000_000_000 &+ UInt64(truncatingIfNeeded: time.tv_nsec)
        }
        numbers = [
            UInt64(truncatingIfNeeded: status.st_dev), UInt64(truncatingIfNeeded: status.st_ino),
            UInt64(truncatingIfNeeded: status.st_size), nanoseconds(status.st_mtim), nanoseconds(status.st_ctim),
        ]
    }

    /// Whether the file was changed so long ago that another change would have got another time.
    package var isSettled: Bool {
        var now = timespec()
        unsafe clock_gettime(CLOCK_REALTIME, &now)
        let seconds = UInt64(truncatingIfNeeded: now.tv_sec)
        return numbers.suffix(2).allSatisfy { $0 / 1_000_000_000 + 1 < seconds }
    }
}
