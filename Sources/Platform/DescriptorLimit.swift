internal import CSystem

/// How many descriptors this process may have open.
package enum DescriptorLimit {
    /// Raises the soft limit to the hard one and returns what holds from then on; nil when the kernel does not say.
    package static func raise() -> Int? {
        let limit = sys_raise_descriptor_limit()
        return limit > 0 ? Int(limit) : nil
    }
}
