import Platform

/// The sockets of this machine as the kernel lists them.
enum OpenSockets {
    /// How many connections accepted at `port` are held by a process.
    static func count(port: UInt16) throws -> Int {
        let file = try FileDescriptor(readingPath: "/proc/self/net/tcp")
        var bytes: [UInt8] = []
        while true {
            let more = try file.read(maximumBytes: 1 << 20)
            if more.isEmpty { break }
            bytes += more
        }
        let lines = String(decoding: bytes, as: UTF8.self).split(separator: "\n").dropFirst()
        return lines.count { line in
            let columns = line.split(separator: " ")
            // Columns: number, local, remote, state (0A listens), …, inode (0: held by nobody).
            guard columns.count > 9, columns[3] != "0A", columns[9] != "0" else { return false }
            return columns[1].split(separator: ":").last.flatMap { UInt16($0, radix: 16) } == port
        }
    }
}
