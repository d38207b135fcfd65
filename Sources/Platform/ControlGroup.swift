/// Where this process stands in the control groups of the kernel, version 1 and 2.
struct ControlGroup {
    /// The directory that stands for `/`; tests give a prepared tree.
    let root: String

    /// The folders of one controller from this process's own up to the root, whichever exist.
    ///
    /// In a container the path of `/proc/self/cgroup` may be the host's, of which only the top is mounted: walking up
    /// finds it.
    func folders(controller: String) -> (version1: [String], version2: [String]) {
        let lines = (KernelFile.text(root + "/proc/self/cgroup") ?? "").split(separator: "\n")
        var version1 = ["/"]
        var version2 = ["/"]
        for line in lines {
            let parts = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
            guard parts.count == 3 else { continue }
            if parts[1].isEmpty {
                version2 = Self.ancestors(parts[2])
            } else if parts[1].split(separator: ",").contains(Substring(controller)) {
                version1 = Self.ancestors(parts[2])
            }
        }
        return (
            version1.map { "\(root)/sys/fs/cgroup/\(controller)\($0)" },
            version2.map { "\(root)/sys/fs/cgroup\($0)" }
        )
    }

    /// The number in a control file; nil when the file is missing or says `max`.
    static func number(_ path: String) -> Int? {
        KernelFile.text(path).flatMap { Int($0.filter { !$0.isWhitespace }) }
    }

    /// "/a/b" → ["/a/b", "/a", "/"].
    private static func ancestors(_ path: Substring) -> [String] {
        var parts = path.split(separator: "/").prefix(64)
        var all: [String] = []
        while !parts.isEmpty {
            all.append("/" + parts.joined(separator: "/"))
            parts = parts.dropLast()
        }
        return all + ["/"]
    }
}
