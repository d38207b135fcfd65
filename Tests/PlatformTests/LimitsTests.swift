import Platform
import Testing

/// Limits are read from prepared trees that look like the kernel's.
@Suite struct LimitsTests {
    private static let gibibyte = 1 << 30

    private static func tree(_ files: [String: String]) throws -> TemporaryTree {
        let tree = try TemporaryTree()
        try tree.write("proc/meminfo", "MemTotal:       16777216 kB\nMemFree:  1 kB\nMemAvailable: 8388608 kB\n")
        for (name, text) in files { try tree.write(name, text) }
        return tree
    }

    @Test func physicalMemoryBoundsWhenNothingElseDoes() throws {
        let tree = try Self.tree([
            "proc/self/cgroup": "0::/user.slice\n", "sys/fs/cgroup/user.slice/memory.max": "max\n",
        ])
        let (limit, source) = MemoryLimit.bytes(root: tree.path)
        #expect(limit == 16 * Self.gibibyte && source == "physical memory")
    }

    @Test func theSmallestGroupAboveBounds() throws {
        let tree = try Self.tree([
            "proc/self/cgroup": "0::/system.slice/michat.service\n",
            "sys/fs/cgroup/system.slice/michat.service/memory.max": "8589934592\n",
            "sys/fs/cgroup/system.slice/memory.max": "4294967296\n", "sys/fs/cgroup/memory.max": "max\n",
        ])
        let (limit, source) = MemoryLimit.bytes(root: tree.path)
        #expect(limit == 4 * Self.gibibyte)
        #expect(source == "control group /sys/fs/cgroup/system.slice/memory.max")
    }

    @Test func theThrottlingLimitCounts() throws {
        let tree = try Self.tree([
            "proc/self/cgroup": "0::/a\n", "sys/fs/cgroup/a/memory.max": "max",
            "sys/fs/cgroup/a/memory.high": "1073741824",
        ])
        #expect(MemoryLimit.bytes(root: tree.path).limit == Self.gibibyte)
    }

    @Test func versionOneWithTheHostsPathInAContainer() throws {
        let tree = try Self.tree([
            "proc/self/cgroup": "5:cpu,cpuacct:/docker/abc\n4:memory:/docker/abc\n0::/x\n",
            "sys/fs/cgroup/memory/memory.limit_in_bytes": "2147483648\n",
            "sys/fs/cgroup/cpu/cpu.cfs_quota_us": "350000\n",
            "sys/fs/cgroup/cpu/cpu.cfs_period_us": "100000\n",
        ])
        #expect(MemoryLimit.bytes(root: tree.path).limit == 2 * Self.gibibyte)
        #expect(CPUQuota.usableCores(root: tree.path, affinity: 8) == 3)
    }

    @Test(arguments: [
        ("max 100000", 8), ("150000 100000", 1), ("50000 100000", 1), ("400000 100000", 4), ("0 100000", 8), ("1 0", 8),
        ("", 8),
        ("nonsense", 8), ("99999999999999999999 1", 8), ("-1 100000", 8),
    ])
    func theQuotaCutsTheProcessors(_ text: String, _ cores: Int) throws {
        let tree = try Self.tree(["proc/self/cgroup": "0::/a/b\n", "sys/fs/cgroup/a/cpu.max": text])
        #expect(CPUQuota.usableCores(root: tree.path, affinity: 8) == cores)
    }

    @Test func garbageAndMissingFilesAreNoLimit() throws {
        let tree = try Self.tree(["proc/self/cgroup": "::::\n\nx\n0::/../..\n", "sys/fs/cgroup/memory.max": "-5\n"])
        #expect(MemoryLimit.bytes(root: tree.path).limit == 16 * Self.gibibyte)
        #expect(CPUQuota.usableCores(root: tree.path + "/nowhere", affinity: 0) == 1)
        #expect(MemoryLimit.bytes(root: tree.path + "/nowhere").limit == Int.max)
    }

    @Test func thisMachineHasLimits() {
        #expect(MemoryLimit.bytes().limit > 1 << 20 && MemoryLimit.bytes().limit < Int.max)
        #expect(MemoryLimit.availableBytes().map { $0 > 0 } == true)
        #expect(CPUQuota.usableCores() >= 1)
    }
}
