internal import Glibc

/// A file that appears under its name only when it is complete.
///
/// Until then its bytes are in `PATH.part`, which this process has locked; without `commit` they are thrown away. What a
/// killed process leaves there is overwritten by the next one.
package final class NewFile {
    /// The name that the file is to have.
    package let path: String
    /// Bytes written so far.
    package private(set) var count = 0
    private let descriptor: FileDescriptor
    private var isCommitted = false

    /// Opens `path`.part for writing, for its owner alone unless others may read it; throws when another process does.
    /// - Throws: `Errno` of the system call that failed.
    package init(path: String, isPrivate: Bool) throws(Errno) {
        self.path = path
        // Giving the file its name must not replace a device, a pipe or a folder.
        guard !FileName.isTaken(path) || FileName.isFile(path) else { throw Errno(code: EEXIST, call: "rename") }
        let part = path + ".part"
        let mode: mode_t = isPrivate ? 0o600 : 0o666
        let raw = unsafe open(part, O_WRONLY | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK, mode)
        guard raw >= 0 else { throw Errno.last("open") }
        descriptor = FileDescriptor(owning: raw)
        guard FileName.isFile(part) else {
            isCommitted = true
            throw Errno(code: EEXIST, call: "open")
        }
        guard flock(raw, LOCK_EX | LOCK_NB) == 0 else {
            isCommitted = true
            throw Errno.last("flock")
        }
        // The holder of the lock before may have given the file its name since it was opened here.
        var (opened, named) = (stat(), stat())
        guard unsafe fstat(raw, &opened) == 0, unsafe lstat(part, &named) == 0, opened.st_ino == named.st_ino else {
            isCommitted = true
            throw Errno(code: EWOULDBLOCK, call: "flock")
        }
        guard ftruncate(raw, 0) == 0 else { throw Errno.last("ftruncate") }
    }

    deinit {
        if !isCommitted { unsafe unlink(path + ".part") }
    }

    /// Appends all bytes.
    /// - Throws: `Errno` of the system call that failed.
    package func write(_ bytes: RawSpan) throws(Errno) {
        let raw = descriptor.raw
        try unsafe bytes.withUnsafeBytes { (buffer) throws(Errno) in
            var done = 0
            while done < buffer.count {
                let rest = unsafe UnsafeRawBufferPointer(rebasing: buffer[done...].prefix(1 << 30))
                done += try retryingInterrupts("write") { unsafe Glibc.write(raw, rest.baseAddress, rest.count) }
            }
        }
        count += bytes.byteCount
    }

    /// Appends all bytes of an array.
    /// - Throws: `Errno` of the system call that failed.
    package func write(_ bytes: [UInt8]) throws(Errno) { unsafe try write(bytes.span.bytes) }

    /// Appends zeros up to a multiple of `alignment`, which is at most 65,536.
    /// - Throws: `Errno` of the system call that failed.
    package func pad(to alignment: Int) throws(Errno) {
        precondition((1...65_536).contains(alignment), "an alignment within reason")
        let zeros = [UInt8](repeating: 0, count: (alignment - count % alignment) % alignment)
        try write(zeros)
    }

    /// Writes over bytes that were written before.
    /// - Throws: `Errno` of the system call that failed.
    package func overwrite(at offset: Int, _ bytes: [UInt8]) throws(Errno) {
        precondition(offset >= 0 && offset + bytes.count <= count, "only what was written can be overwritten")
        let raw = descriptor.raw
        let written = try retryingInterrupts("pwrite") { unsafe pwrite(raw, bytes, bytes.count, offset) }
        guard written == bytes.count else { throw Errno(code: EIO, call: "pwrite") }
    }

    /// Brings everything to the disk and gives the file its name, in place of what had it before.
    /// - Throws: `Errno` of the system call that failed.
    package func commit() throws(Errno) {
        guard fsync(descriptor.raw) == 0 else { throw Errno.last("fsync") }
        guard unsafe rename(path + ".part", path) == 0 else { throw Errno.last("rename") }
        isCommitted = true
        let folder = path.lastIndex(of: "/").map { String(path[...$0]) } ?? "."
        // A name that did not reach the disk is only lost again, so nobody needs to hear of it.
        if let directory = try? FileDescriptor(readingPath: folder) { _ = fsync(directory.raw) }
    }
}

/// Whether something has this name.
package enum FileName {
    /// A link counts, whatever it leads to.
    package static func isTaken(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0
    }

    /// Whether that is a file with content of its own, no link, folder, pipe or device.
    package static func isFile(_ path: String) -> Bool {
        var status = stat()
        return unsafe lstat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFREG
    }
}
