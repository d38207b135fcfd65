/// Writes the body of an error response: status, message for people, code for programs.
package typealias ErrorBody = @Sendable (_ status: Int, _ message: String, _ code: String?) -> [UInt8]
