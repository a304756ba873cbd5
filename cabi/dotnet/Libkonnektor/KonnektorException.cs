using System;

namespace Libkonnektor
{
    /// <summary>An operation failed. Message is for people, in German.</summary>
    public class KonnektorException : Exception
    {
        /// <summary>The status of the library: a KON_... number of konnektor.h.</summary>
        public int Status { get; private set; }

        /// <summary>The error document: kind, code of the TI, texts, who can do something; never null.</summary>
        public Error Error { get; private set; }

        internal KonnektorException(int status, Error error)
            : base(error.TextDe + (error.Code == 0 ? "" : " (" + error.Code + ")"))
        {
            Status = status;
            Error = error;
        }

        /// <summary>The exception for a status and its error document, which may be null.</summary>
        internal static KonnektorException For(int status, string document)
        {
            Error error = document == null
                ? new Error { Kind = "status", Text = "libkonnektor: status " + status, TextDe = "libkonnektor: Status " + status, AdviceDe = "" }
                : Error.Read(JsonObject.Parse(document));
            return status == Native.KON_TIMEOUT ? new KonnektorTimeoutException(status, error) : new KonnektorException(status, error);
        }
    }

    /// <summary>The time for an operation ran out.</summary>
    public sealed class KonnektorTimeoutException : KonnektorException
    {
        internal KonnektorTimeoutException(int status, Error error) : base(status, error)
        {
        }
    }
}
