internal import Glibc

/// A folder of files that can be made again, this user's alone.
package struct CacheFolder: Sendable {
    /// Where it is, without a slash at its end.
    package let path: String

    /// A file of the folder.
    package struct Entry: Sendable, Equatable {
        /// Name in the folder.
        package let name: String
        /// Size.
        package let byteCount: Int
        /// When it was last used, in seconds since 1970.
        package let usedSeconds: Int
    }

    /// The folder at `path`, made if it is not there.
    /// - Throws: `Errno` of the system call that failed.
    package init(path: String) throws(Errno) {
        var parts = path.split(separator: "/", omittingEmptySubsequences: true).map(String.init)[...]
        var made = path.hasPrefix("/") ? "" : "."
        while let part = parts.popFirst() {
            made += "/" + part
            guard unsafe mkdir(made, 0o700) != 0, errno != EEXIST, !Folder.exists(made) else { continue }
            throw Errno.last("mkdir")
        }
        self.path = made
    }

    /// The whole path of a file.
    package func file(_ name: String) -> String { path + "/" + name }

    /// Whether the file belongs to this user and nobody else may write to it.
    package func isTrusted(_ name: String) -> Bool {
        guard let status = status(name) else { return false }
        return status.st_uid == geteuid() && status.st_mode & 0o022 == 0
    }

    /// All plain files whose names end in `suffix`.
    /// - Throws: `Errno` of the system call that failed.
    package func entries(suffix: String) throws(Errno) -> [Entry] {
        try Folder.names(path).filter { $0.hasSuffix(suffix) }.compactMap { name in
            status(name).map { Entry(name: name, byteCount: $0.st_size, usedSeconds: $0.st_mtim.tv_sec) }
        }
    }

    /// Removes a file; one that is gone already is as good.
    /// - Throws: `Errno` of the system call that failed.
    package func remove(_ name: String) throws(Errno) {
        guard unsafe unlink(file(name)) != 0, errno != ENOENT else { return }
        throw Errno.last("unlink")
    }

    /// Notes that a file is being used; whether that worked is of no consequence.
    package func touch(_ name: String) {
        unsafe _ = utimensat(AT_FDCWD, file(name), nil, 0)
    }

    private func status(_ name: String) -> stat? {
        var status = stat()
        guard unsafe lstat(file(name), &status) == 0, status.st_mode & S_IFMT == S_IFREG else { return nil }
        return status
    }
}
