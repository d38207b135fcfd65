internal import CSystem

/// How many processors this process may keep busy.
package enum CPUQuota {
    /// Processors by affinity, cut by the quota of every control group above this process; at least 1.
    ///
    /// A quota of 2.5 counts as 2: a worker that is throttled holds up all the others.
    package static func usableCores() -> Int { usableCores(root: "", affinity: Int(sys_affinity_count())) }

    /// As `usableCores()`, with the kernel's files looked up below `root`; `affinity` is the scheduler's own answer.
    package static func usableCores(root: String, affinity: Int) -> Int {
        var cores = affinity > 0 ? affinity : 1
        let (version1, version2) = ControlGroup(root: root).folders(controller: "cpu")
        for folder in version2 {
            let words = (KernelFile.text(folder + "/cpu.max") ?? "").split { $0 == " " || $0 == "\n" }
            guard words.count == 2, let quota = Int(words[0]), let period = Int(words[1]) else { continue }
            if quota > 0, period > 0 { cores = min(cores, quota / period) }
        }
        for folder in version1 {
            guard let quota = ControlGroup.number(folder + "/cpu.cfs_quota_us"), quota > 0,
                let period = ControlGroup.number(folder + "/cpu.cfs_period_us"), period > 0
            else { continue }
            cores = min(cores, quota / period)
        }
        return max(1, cores)
    }
}
