internal import CSystem
internal import Glibc

/// The environment variables of this process.
package enum ProcessEnvironment {
    /// All of them by name. Nothing in this process changes them.
    package static var variables: [String: String] {
        var variables: [String: String] = [:]
        var index = 0
        while let entry = unsafe sys_environment_entry(index) {
            index += 1
            let text = unsafe String(cString: entry)
            guard let equals = text.utf8.firstIndex(of: UInt8(ascii: "=")) else { continue }
            let name = String(text[..<equals])
            // As getenv does: the first of two counts.
            if variables[name] == nil { variables[name] = String(text[text.utf8.index(after: equals)...]) }
        }
        return variables
    }

    /// The value of one; nil where it is not set.
    package static func value(_ name: String) -> String? {
        unsafe getenv(name).map { unsafe String(cString: $0) }
    }
}
