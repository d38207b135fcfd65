internal import Glibc

/// Owns one descriptor. The deinit is the only close, so a leak or a double close is a type error.
package struct FileDescriptor: ~Copyable, Sendable {
    /// The number, for calls that take one; it stays owned by this value.
    package let raw: CInt

    /// Takes over an open descriptor.
    package init(owning raw: CInt) {
        precondition(raw >= 0, "a descriptor is never negative")
        self.raw = raw
    }

    /// Opens `path` for reading, closed on exec. Neither opening nor reading waits for the other side of a pipe.
    /// - Throws: `Errno` of the system call that failed.
    package init(readingPath path: String) throws(Errno) {
        raw = CInt(try retryingInterrupts("open") { unsafe Int(Glibc.open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)) })
    }

    /// A second descriptor of an open file, with the same position: a standard stream stays open when this is closed.
    /// - Throws: `Errno` of the system call that failed.
    package init(duplicating number: CInt) throws(Errno) {
        raw = CInt(try retryingInterrupts("dup") { Int(Glibc.dup(number)) })
    }

    deinit { _ = Glibc.close(raw) }

    /// Gives the number away; the caller closes it.
    package consuming func release() -> CInt {
        let number = raw
        discard self
        return number
    }

    /// Reads up to `maximumBytes`; an empty array is the end of the file.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func read(maximumBytes: Int) throws(Errno) -> [UInt8] {
        var failure: Errno?
        let raw = raw
        let bytes = unsafe [UInt8](unsafeUninitializedCapacity: maximumBytes) { buffer, count in
            do throws(Errno) {
                count = try retryingInterrupts("read") { unsafe Glibc.read(raw, buffer.baseAddress, buffer.count) }
            } catch {
                failure = error
                count = 0
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes what the kernel takes of `bytes`; returns how many.
    /// - Throws: `Errno` of the system call that failed.
    package borrowing func write(_ bytes: Span<UInt8>) throws(Errno) -> Int {
        let raw = raw
        return try unsafe bytes.withUnsafeBufferPointer { (buffer) throws(Errno) in
            try retryingInterrupts("write") { unsafe Glibc.write(raw, buffer.baseAddress, buffer.count) }
        }
    }
}

/// Small text files of the kernel: `/proc`, `/sys`.
enum KernelFile {
    /// The text at `path`, at most 64 KiB of it; nil when it cannot be read.
    static func text(_ path: String) -> String? {
        guard let file = try? FileDescriptor(readingPath: path) else { return nil }
        var bytes: [UInt8] = []
        while bytes.count < 65_536 {
            guard let part = try? file.read(maximumBytes: 65_536 - bytes.count) else { return nil }
            if part.isEmpty { break }
            bytes += part
        }
        return String(decoding: bytes, as: UTF8.self)
    }
}
