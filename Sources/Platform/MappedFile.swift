internal import Glibc

/// A whole file, read-only in memory.
///
/// Safe to share between threads because nothing can write through the mapping. The file must not be shortened
/// while it is mapped: like every process that maps a file, this one is stopped when it touches pages that are gone.
@safe package final class MappedFile: @unchecked Sendable {
    /// Size in bytes.
    package let count: Int
    /// Which state of which file this is.
    package let identity: FileIdentity
    private let base: UnsafeRawPointer

    /// Maps a regular, non-empty file.
    ///
    /// - Throws: the call that failed, ``Errno/notARegularFile`` or ``Errno/emptyFile``.
    package init(path: String) throws(Errno) {
        // Without O_NONBLOCK a pipe would keep us waiting for its writer.
        let descriptor = unsafe open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
        guard descriptor >= 0 else { throw Errno.last("open") }
        defer { close(descriptor) }
        var status = stat()
        guard unsafe fstat(descriptor, &status) == 0 else { throw Errno.last("fstat") }
        guard status.st_mode & S_IFMT == S_IFREG else { throw .notARegularFile }
        guard status.st_size > 0 else { throw .emptyFile }
        guard let mapped = unsafe mmap(nil, status.st_size, PROT_READ, MAP_PRIVATE, descriptor, 0),
            unsafe mapped != MAP_FAILED
        else { throw Errno.last("mmap") }
        self.count = status.st_size
        self.identity = FileIdentity(status)
        unsafe self.base = UnsafeRawPointer(mapped)
    }

    deinit {
        unsafe munmap(UnsafeMutableRawPointer(mutating: base), count)
    }

    /// The bytes of the file.
    package var bytes: RawSpan {
        @_lifetime(borrow self)
        get {
            let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
            return unsafe _overrideLifetime(span, borrowing: self)
        }
    }

    /// The bytes of the file for an owner that keeps this object alive as long as it lends them.
    @unsafe package var bytesForOwner: RawSpan {
        @_lifetime(immortal)
        get {
            let span = unsafe RawSpan(_unsafeStart: base, byteCount: count)
            return unsafe _overrideLifetime(span, copying: ())
        }
    }

    /// Gives back the memory of the whole pages in `range`; reading them again fetches them from the file.
    package func release(_ range: Range<Int>) {
        precondition(range.lowerBound >= 0 && range.upperBound <= count, "a range outside the file")
        let page = Int(sysconf(CInt(_SC_PAGESIZE)))
        let start = (range.lowerBound + page - 1) / page * page
        let end = range.upperBound == count ? count : range.upperBound / page * page
        guard start < end else { return }
        _ = unsafe madvise(UnsafeMutableRawPointer(mutating: base + start), end - start, MADV_DONTNEED)
    }
}
