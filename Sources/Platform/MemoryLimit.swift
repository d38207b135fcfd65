internal import Glibc

/// How much memory this process may use.
package enum MemoryLimit {
    /// The smallest of physical memory and every control group above this process, in bytes, with the name of what
    /// sets it.
    package static func bytes() -> (limit: Int, source: String) {
        let (limit, source) = bytes(root: "")
        return limit < Int.max ? (limit, source) : (physicalBytes, "physical memory")
    }

    /// As `bytes()`, with the kernel's files looked up below `root`.
    package static func bytes(root: String) -> (limit: Int, source: String) {
        var best = (limit: memoryInformation("MemTotal:", root: root) ?? Int.max, source: "physical memory")
        let (version1, version2) = ControlGroup(root: root).folders(controller: "memory")
        let files =
            version2.flatMap { ["\($0)/memory.max", "\($0)/memory.high"] }
            + version1.map { "\($0)/memory.limit_in_bytes" }
        for file in files {
            guard let limit = ControlGroup.number(file), limit > 0, limit < best.limit else { continue }
            best = (limit, "control group " + file.dropFirst(root.utf8.count))
        }
        return best
    }

    /// What the kernel could hand out now without swapping, in bytes; nil when it does not say.
    package static func availableBytes() -> Int? { memoryInformation("MemAvailable:", root: "") }

    private static func memoryInformation(_ key: String, root: String) -> Int? {
        for line in (KernelFile.text(root + "/proc/meminfo") ?? "").split(separator: "\n") where line.hasPrefix(key) {
            let words = line.split(separator: " ")
            guard words.count >= 2, let kibibytes = Int(words[1]), kibibytes < Int.max >> 10 else { return nil }
            return kibibytes << 10
        }
        return nil
    }

    /// The answer of the system call, for services that may not read `/proc/meminfo`.
    private static var physicalBytes: Int {
        let (bytes, overflow) = Int(sysconf(CInt(_SC_PHYS_PAGES)))
            .multipliedReportingOverflow(by: Int(sysconf(CInt(_SC_PAGESIZE))))
        return overflow || bytes <= 0 ? Int.max : bytes
    }
}
