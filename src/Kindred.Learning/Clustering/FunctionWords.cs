using System.Collections.Frozen;

namespace Kindred.Learning.Clustering;

/// <summary>Words that hold a sentence together and name nothing: where texts are short, such a word is in one topic more often than in others by chance.</summary>
internal static class FunctionWords
{
    /// <summary>Those of English in lower case, and what an apostrophe leaves of them: "don", "ll".</summary>
    public static FrozenSet<string> English { get; } = FrozenSet.ToFrozenSet(
        """
        a about above after again against all also although always am an and another any anyone anything are aren around as at be because been before being
        below between both but by can cannot cant could couldn did didn didnt do does doesn doesnt doing don done dont during each either else ever every few
        for from further get gets getting had hadn has hasn hasnt have haven having he her here hers herself him himself his how however if im in into is isn
        isnt it its itself ive just let ll many may me might more most much must my myself neither no nor not now of off on once one only or other others our
        ours ourselves out over own rather re really same shall she should shouldn since so some something still such than that thats the their theirs them
        themselves then there these they this those though through to too toward towards under until up upon ve very was wasn we were weren what whatever when
        where whether which while who whom whose why will with within without won wont would wouldn wouldnt yes yet you your yours yourself yourselves
        """.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), StringComparer.Ordinal);
}
