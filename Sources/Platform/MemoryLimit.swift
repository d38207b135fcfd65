internal import CSystem
internal import Glibc

/// How much memory this process may use.
package enum MemoryLimit {
    /// The smallest of physical memory, every control group above this process, and what is left of the address space, in
    /// bytes, with the name of what sets it.
    package static func bytes() -> (limit: Int, source: String) {
        var best = bytes(root: "")
        if best.limit == Int.max { best = (physicalBytes, "physical memory") }
        if let space = addressSpace(), space < best.limit { best = (space, "address space, ulimit -v") }
        return best
    }

    /// What the limit of the address space leaves for memory, in bytes; nil without a limit.
    ///
    /// Code, reservations of the allocator and stacks count against it without being memory.
    package static func addressSpace() -> Int? {
        let limit = Int(sys_address_space_limit())
        guard limit > 0 else { return nil }
        let words = (KernelFile.text("/proc/self/statm") ?? "").split(separator: " ").compactMap { Int($0) }
        let reserved = words.count >= 2 ? (words[0] - words[1]) * Int(sysconf(CInt(_SC_PAGESIZE))) : 0
        return max(0, limit - reserved - stackReserve)
    }

    /// Stacks of threads and arenas that begin later.
    private static let stackReserve = 128 << 20

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
