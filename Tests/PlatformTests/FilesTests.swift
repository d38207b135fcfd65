import Glibc
import Platform
import Testing

@Suite struct FilesTests {
    @Test func mapsAFile() throws {
        let tree = try TemporaryTree()
        let content = (0..<10_000).map { UInt8(truncatingIfNeeded: $0) }
        try tree.write("file", content)
        let file = try MappedFile(path: tree.path + "/file")
        #expect(file.count == content.count)
        #expect(file.bytes.byteCount == content.count)
        file.release(0..<file.count)
        let bytes = file.bytes
        for index in stride(from: 0, to: content.count, by: 997) {
            #expect(bytes.unsafeLoadUnalignedByte(index) == content[index])
        }
    }

    @Test func namesTheCallThatFailed() {
        #expect(throws: Errno(code: ENOENT, call: "open")) { try MappedFile(path: "/nonexistent/file") }
        #expect(throws: Errno.notARegularFile) { try MappedFile(path: "/tmp") }
        #expect(throws: Errno.notARegularFile) { try MappedFile(path: "/dev/null") }
        #expect(Errno(code: ENOENT, call: "open").description == "open: No such file or directory")
    }

    @Test func mapsOnlyFilesThatHaveBytes() throws {
        let tree = try TemporaryTree()
        try tree.write("empty", "")
        #expect(throws: Errno.emptyFile) { try MappedFile(path: tree.path + "/empty") }
        #expect(Errno.emptyFile.description == "the file is empty")
        let pipe = tree.path + "/pipe"
        let code = unsafe mkfifo(pipe, 0o600)
        defer { unsafe unlink(pipe) }
        #expect(code == 0)
        #expect(throws: Errno.notARegularFile) { try MappedFile(path: pipe) }
        #expect(Errno.notARegularFile.description == "not a regular file")
    }

    @Test func aDuplicateSharesThePosition() throws {
        let tree = try TemporaryTree()
        try tree.write("file", "hello")
        let file = try FileDescriptor(readingPath: tree.path + "/file")
        #expect(try file.read(maximumBytes: 3) == Array("hel".utf8))
        let second = try FileDescriptor(duplicating: file.raw)
        #expect(try second.read(maximumBytes: 9) == Array("lo".utf8))
        #expect(throws: Errno(code: EBADF, call: "dup")) { _ = try FileDescriptor(duplicating: 99_999) }
    }

    @Test func readsAndWritesDescriptors() throws {
        let tree = try TemporaryTree()
        try tree.write("file", "hello")
        let file = try FileDescriptor(readingPath: tree.path + "/file")
        #expect(try file.read(maximumBytes: 3) == Array("hel".utf8))
        #expect(try file.read(maximumBytes: 10) == Array("lo".utf8))
        #expect(try file.read(maximumBytes: 10).isEmpty)
        #expect(throws: Errno.self) { _ = try FileDescriptor(readingPath: tree.path + "/other") }
    }

    @Test func closesOnExecAndCanBeGivenAway() throws {
        let tree = try TemporaryTree()
        try tree.write("file", "x")
        var number: CInt = -1
        do {
            let file = try FileDescriptor(readingPath: tree.path + "/file")
            number = file.raw
            #expect(fcntl(number, F_GETFD) == FD_CLOEXEC)
        }
        #expect(number >= 0)
        let kept = try FileDescriptor(readingPath: tree.path + "/file").release()
        #expect(fcntl(kept, F_GETFD) >= 0, "a released number stays open")
        _ = FileDescriptor(owning: kept)
    }
}

extension RawSpan {
    /// One byte, checked.
    func unsafeLoadUnalignedByte(_ index: Int) -> UInt8 {
        unsafe unsafeLoadUnaligned(fromByteOffset: index, as: UInt8.self)
    }
}
