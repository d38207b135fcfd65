internal import Glibc

/// A folder of the file system.
package enum Folder {
    /// Most names that are looked at.
    package static let maximumNames = 65_536

    /// Whether there is a folder at `path`, links followed.
    package static func exists(_ path: String) -> Bool {
        var status = stat()
        return unsafe stat(path, &status) == 0 && status.st_mode & S_IFMT == S_IFDIR
    }

    /// The names of everything in the folder at `path`, sorted, those that begin with a dot left out.
    /// - Throws: `Errno` of the system call that failed.
    package static func names(_ path: String) throws(Errno) -> [String] {
        guard let stream = unsafe opendir(path) else { throw Errno.last("opendir") }
        defer { unsafe closedir(stream) }
        var names: [String] = []
        while names.count < maximumNames, let entry = unsafe readdir(stream) {
            let name = unsafe withUnsafeBytes(of: entry.pointee.d_name) {
                unsafe String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self)
            }
            if !name.hasPrefix(".") { names.append(name) }
        }
        return names.sorted()
    }
}
