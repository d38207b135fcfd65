import Glibc
import Platform
import Testing

/// A folder of small files that exists while the object does.
final class TemporaryTree {
    let path: String
    private var files: [String] = []
    private var folders: [String] = []

    init() throws {
        path = "/tmp/michat-tests-" + Randomness.hex(byteCount: 8)
        guard unsafe mkdir(path, 0o700) == 0 else { throw Errno.last("mkdir") }
    }

    /// Writes `text` to a file below the folder, making the folders between.
    func write(_ name: String, _ text: String) throws { try write(name, Array(text.utf8)) }

    func write(_ name: String, _ bytes: [UInt8]) throws {
        var folder = path
        for part in name.split(separator: "/").dropLast() {
            folder += "/" + part
            if unsafe mkdir(folder, 0o700) == 0 { folders.append(folder) }
        }
        let number = unsafe open(path + "/" + name, O_WRONLY | O_CREAT | O_TRUNC, 0o600)
        guard number >= 0 else { throw Errno.last("open") }
        let file = FileDescriptor(owning: number)
        files.append(path + "/" + name)
        #expect(try file.write(bytes.span) == bytes.count)
    }

    deinit {
        for file in files { unsafe unlink(file) }
        for folder in folders.reversed() { unsafe rmdir(folder) }
        unsafe rmdir(path)
    }
}
