import Glibc

/// A failed system call: the error number and the name of the call.
package struct Errno: Error, Equatable, Sendable, CustomStringConvertible {
    /// The value of `errno`.
    package let code: CInt
    /// The call that failed, such as `open`.
    package let call: String

    package init(code: CInt, call: StaticString) {
        self.code = code
        self.call = call.description
    }

    /// The error of the call that has just failed on this thread.
    package static func last(_ call: StaticString) -> Errno { Errno(code: errno, call: call) }

    /// `open: No such file or directory`.
    package var description: String {
        guard let text = unsafe strerror(code) else { return "\(call): error \(code)" }
        return unsafe "\(call): \(String(cString: text))"
    }
}
