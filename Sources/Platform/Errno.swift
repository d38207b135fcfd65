internal import Glibc

/// A failed system call: the error number and the name of the call.
package struct Errno: Error, Equatable, Sendable, CustomStringConvertible {
    /// The number as `errno` held it.
    package let code: CInt
    /// The call that failed, as its manual page spells it.
    package let call: StaticString

    /// An error of `call`; `code` is read from `errno` by `last(_:)`.
    package init(code: CInt, call: StaticString) {
        self.code = code
        self.call = call
    }

    /// The error that the call just made has left in `errno`.
    package static func last(_ call: StaticString) -> Errno { Errno(code: errno, call: call) }

    /// Not a failed call: the path leads to a directory, a pipe or a device where a file is needed.
    package static let notARegularFile = Errno(code: EINVAL, call: "not a regular file")

    /// Not a failed call: the file has no bytes.
    package static let emptyFile = Errno(code: ENODATA, call: "the file is empty")

    /// "open: No such file or directory".
    package var description: String {
        if self == .notARegularFile || self == .emptyFile { return call.description }
        return unsafe "\(call): \(String(cString: strerror(code)))"
    }

    /// The descriptor is non-blocking and has nothing to give or no room to take.
    package var isWouldBlock: Bool { code == EAGAIN || code == EWOULDBLOCK }

    /// The process or the machine has no descriptor left.
    package var isOutOfDescriptors: Bool { code == EMFILE || code == ENFILE || code == ENOBUFS || code == ENOMEM }

    /// Two errors are equal when number and call agree.
    package static func == (left: Errno, right: Errno) -> Bool {
        left.code == right.code && left.call.description == right.call.description
    }
}

/// Repeats `call` while a signal interrupts it; a result below zero becomes the error named `name`.
func retryingInterrupts(_ name: StaticString, _ call: () -> Int) throws(Errno) -> Int {
    while true {
        let result = call()
        if result >= 0 { return result }
        let error = Errno.last(name)
        if error.code != EINTR { throw error }
    }
}
