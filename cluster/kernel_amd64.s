//go:build !purego

#include "textflag.h"

// Scores of the 16 rows at R9 (column by column) and 8 centers: |c|²/2 at BX, the columns
// at R10, dims in CX. The sums run over the columns in order; so do those of every twin.
#define SCORES512 \
	VBROADCASTSS 0(BX), Z0 \
	VBROADCASTSS 4(BX), Z1 \
	VBROADCASTSS 8(BX), Z2 \
	VBROADCASTSS 12(BX), Z3 \
	VBROADCASTSS 16(BX), Z4 \
	VBROADCASTSS 20(BX), Z5 \
	VBROADCASTSS 24(BX), Z6 \
	VBROADCASTSS 28(BX), Z7

#define COLUMN512 \
	VMOVUPS (R9), Z16 \
	VFNMADD231PS.BCST 0(R10), Z16, Z0 \
	VFNMADD231PS.BCST 4(R10), Z16, Z1 \
	VFNMADD231PS.BCST 8(R10), Z16, Z2 \
	VFNMADD231PS.BCST 12(R10), Z16, Z3 \
	VFNMADD231PS.BCST 16(R10), Z16, Z4 \
	VFNMADD231PS.BCST 20(R10), Z16, Z5 \
	VFNMADD231PS.BCST 24(R10), Z16, Z6 \
	VFNMADD231PS.BCST 28(R10), Z16, Z7 \
	ADDQ $64, R9 \
	ADDQ $32, R10

// One center's scores: lowest in Z20, second lowest in Z21, whose in Z22, running number in Z23.
#define STEP512(R) \
	VCMPPS $1, Z20, R, K1 \
	VMAXPS R, Z20, Z25 \
	VMINPS R, Z20, Z20 \
	VMINPS Z25, Z21, Z21 \
	VMOVDQA32 Z23, K1, Z22 \
	VPADDD Z24, Z23, Z23

// func nearest512(tile *float32, dims int, centers, half *float32, groups *int32, n int, best *float32, at *int32, first, second *float32)
TEXT ·nearest512(SB), NOSPLIT, $0-80
	MOVQ tile+0(FP), SI
	MOVQ dims+8(FP), R11
	MOVQ centers+16(FP), DI
	MOVQ half+24(FP), DX
	MOVQ groups+32(FP), R8
	MOVQ n+40(FP), R12
	MOVQ first+64(FP), R13
	MOVQ second+72(FP), R15
	MOVL $0x7f800000, AX
	VPBROADCASTD AX, Z26    // best
	VMOVAPS Z26, Z28        // +Inf
	VPXORD Z27, Z27, Z27    // at
	MOVL $1, AX
	VPBROADCASTD AX, Z24
	MOVQ R11, R14
	SHLQ $5, R14            // bytes of a group of centers

group512:
	MOVLQSX (R8), AX
	MOVQ AX, BX
	SHLQ $5, BX
	ADDQ DX, BX
	MOVQ AX, R10
	IMULQ R14, R10
	ADDQ DI, R10
	SHLL $3, AX
	VPBROADCASTD AX, Z23
	MOVQ SI, R9
	MOVQ R11, CX
	SCORES512

column512:
	COLUMN512
	DECQ CX
	JNZ column512

	VMOVAPS Z28, Z20
	VMOVAPS Z28, Z21
	VMOVDQA32 Z23, Z22
	STEP512(Z0)
	STEP512(Z1)
	STEP512(Z2)
	STEP512(Z3)
	STEP512(Z4)
	STEP512(Z5)
	STEP512(Z6)
	STEP512(Z7)
	VMOVUPS Z20, (R13)
	VMOVUPS Z21, (R15)
	VCMPPS $1, Z26, Z20, K1
	VMINPS Z20, Z26, Z26
	VMOVDQA32 Z22, K1, Z27
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ group512

	MOVQ best+48(FP), R9
	VMOVUPS Z26, (R9)
	MOVQ at+56(FP), R9
	VMOVDQU32 Z27, (R9)
	VZEROUPPER
	RET

// func scores512(tile *float32, dims int, centers, half, out *float32)
TEXT ·scores512(SB), NOSPLIT, $0-40
	MOVQ tile+0(FP), R9
	MOVQ dims+8(FP), CX
	MOVQ centers+16(FP), R10
	MOVQ half+24(FP), BX
	MOVQ out+32(FP), DI
	SCORES512

scolumn512:
	COLUMN512
	DECQ CX
	JNZ scolumn512
	VMOVUPS Z0, 0(DI)
	VMOVUPS Z1, 64(DI)
	VMOVUPS Z2, 128(DI)
	VMOVUPS Z3, 192(DI)
	VMOVUPS Z4, 256(DI)
	VMOVUPS Z5, 320(DI)
	VMOVUPS Z6, 384(DI)
	VMOVUPS Z7, 448(DI)
	VZEROUPPER
	RET

// What the rows' own centers come to: norms in Z0, slack in Z1, shift in Z2; leaves the
// errors e in Z4, u + e/u in Z5 and the rows' own groups in Z7.
#define BASE512 \
	VMOVUPS (SI), Z0 \
	VPXORD Z3, Z3, Z3 \
	VMULPS Z1, Z0, Z4 \
	VADDPS Z2, Z4, Z4 \
	VMOVUPS (R9), Z5 \
	VADDPS Z5, Z5, Z5 \
	VADDPS Z5, Z0, Z5 \
	VMAXPS Z3, Z5, Z5 \
	VADDPS Z4, Z5, Z5 \
	VSQRTPS Z5, Z5 \
	VDIVPS Z5, Z4, Z6 \
	VADDPS Z6, Z5, Z5 \
	VMOVDQU32 (R10), Z7 \
	VPSRAD $3, Z7, Z7

// func gaps512(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, shift float32, gap *float32)
TEXT ·gaps512(SB), NOSPLIT, $0-72
	MOVQ norms+0(FP), SI
	MOVQ groups+8(FP), R8
	MOVQ n+16(FP), R12
	MOVQ best+24(FP), R9
	MOVQ at+32(FP), R10
	MOVQ first+40(FP), R13
	MOVQ second+48(FP), R15
	MOVQ gap+64(FP), DI
	VBROADCASTSS slack+56(FP), Z1
	VBROADCASTSS shift+60(FP), Z2
	BASE512

gap512:
	MOVLQSX (R8), AX
	VPBROADCASTD AX, Z8
	VPCMPEQD Z8, Z7, K1
	VMOVUPS (R13), Z9
	VMOVUPS (R15), K1, Z9
	VADDPS Z9, Z9, Z9
	VADDPS Z9, Z0, Z9
	VSUBPS Z4, Z9, Z9
	VMAXPS Z3, Z9, Z9
	VSQRTPS Z9, Z9
	VSUBPS Z5, Z9, Z9
	VEXTRACTF64X4 $1, Z9, Y10
	VMINPS Y10, Y9, Y9
	VEXTRACTF128 $1, Y9, X10
	VMINPS X10, X9, X9
	VPSHUFD $0x4e, X9, X10
	VMINPS X10, X9, X9
	VPSHUFD $0xb1, X9, X10
	VMINPS X10, X9, X9
	VMOVSS X9, (DI)(AX*4)
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ gap512
	VZEROUPPER
	RET

DATA bounds<>+0(SB)/4, $16.0
DATA bounds<>+4(SB)/4, $5.0
DATA bounds<>+8(SB)/4, $1e-30
GLOBL bounds<>(SB), RODATA, $12

// func margins512(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, most float32, near, margin *float32)
TEXT ·margins512(SB), NOSPLIT, $0-80
	MOVQ norms+0(FP), SI
	MOVQ groups+8(FP), R8
	MOVQ n+16(FP), R12
	MOVQ best+24(FP), R9
	MOVQ at+32(FP), R10
	MOVQ first+40(FP), R13
	MOVQ second+48(FP), R15
	MOVQ near+64(FP), DI
	MOVQ margin+72(FP), DX
	VMOVUPS (SI), Z0
	VMOVDQU32 (R10), Z7
	VPSRAD $3, Z7, Z7       // own groups
	MOVL $0x7f800000, AX
	VPBROADCASTD AX, Z10    // least

margin512:
	VPCMPEQD.BCST (R8), Z7, K1
	VMOVUPS (R13), Z9
	VMOVUPS (R15), K1, Z9
	VMINPS Z9, Z10, Z10
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ margin512

	VPXORD Z3, Z3, Z3
	VMULPS.BCST bounds<>+0(SB), Z0, Z4
	VMULPS.BCST bounds<>+4(SB), Z10, Z5
	VMAXPS Z5, Z4, Z4
	VBROADCASTSS most+60(FP), Z5
	VMINPS Z5, Z4, Z4       // reach
	VADDPS Z0, Z4, Z4
	VBROADCASTSS slack+56(FP), Z5
	VMULPS Z5, Z4, Z4
	VADDPS.BCST bounds<>+8(SB), Z4, Z4 // e
	VMOVUPS (R9), Z5
	VADDPS Z5, Z5, Z5
	VADDPS Z5, Z0, Z5
	VMAXPS Z3, Z5, Z5
	VADDPS Z4, Z5, Z5
	VSQRTPS Z5, Z5          // u
	VDIVPS Z5, Z4, Z6
	VADDPS Z6, Z5, Z5
	VMOVUPS Z5, (DI)
	VADDPS Z10, Z10, Z10
	VADDPS Z10, Z0, Z10
	VSUBPS Z4, Z10, Z10
	VMAXPS Z3, Z10, Z10
	VSQRTPS Z10, Z10
	VSUBPS Z5, Z10, Z10
	VMOVUPS Z10, (DX)
	VZEROUPPER
	RET

// What a round of wear leaves: sixteen rows whose center's wear is in Z6, own move in Z9
// and distance to those that count apart in Z10; those used up are listed at DI.
#define WEAR512 \
	VADDPS (R9), Z9, Z9 \
	VMULPS Z11, Z9, Z9 \
	VMOVUPS Z9, (R9) \
	VADDPS Z9, Z9, Z9 \
	VSUBPS Z9, Z10, Z10 \
	VMOVUPS (SI), Z0 \
	VSUBPS Z6, Z0, Z0 \
	VMINPS Z10, Z0, Z0 \
	VMULPS Z2, Z0, Z0 \
	VMOVUPS Z0, (SI) \
	VCMPPS $2, Z3, Z0, K1 \
	VPCOMPRESSD Z4, K1, Z7 \
	VMOVDQU32 Z7, (DI)(R8*4) \
	KMOVW K1, AX \
	POPCNTL AX, AX \
	ADDQ AX, R8 \
	VPADDD Z5, Z4, Z4 \
	ADDQ $64, R9 \
	ADDQ $64, SI \
	ADDQ $64, DX

// Table T of many centers at labels Z12 into Z.
#define LOOK512(T, Z) \
	KXNORW K2, K2, K2 \
	VPXORD Z, Z, Z \
	VGATHERDPS (T)(Z12*4), K2, Z

// func wear512(near, margin *float32, label *int32, n int, gap, own, apart *float32, few bool, from int32, list *int32) int
TEXT ·wear512(SB), NOSPLIT, $0-80
	MOVQ near+0(FP), R9
	MOVQ margin+8(FP), SI
	MOVQ label+16(FP), DX
	MOVQ n+24(FP), CX
	MOVQ gap+32(FP), BX
	MOVQ own+40(FP), R10
	MOVQ apart+48(FP), R11
	MOVL from+60(FP), AX
	VPBROADCASTD AX, Z4
	VPADDD ·first+1024(SB), Z4, Z4 // 0, 1, 2, …
	MOVQ list+64(FP), DI
	MOVL $0x3f7ffff8, AX    // 1 − 2⁻²¹
	VPBROADCASTD AX, Z2
	MOVL $0x3f800002, AX    // 1 + 2⁻²²
	VPBROADCASTD AX, Z11
	VPXORD Z3, Z3, Z3
	MOVL $16, AX
	VPBROADCASTD AX, Z5
	XORQ R8, R8
	MOVBLZX few+56(FP), AX
	TESTL AX, AX
	JZ many512
	VMOVUPS (BX), Z13       // tables of 32 centers
	VMOVUPS 64(BX), Z14
	VMOVUPS (R10), Z15
	VMOVUPS 64(R10), Z16
	VMOVUPS (R11), Z17
	VMOVUPS 64(R11), Z18

few512:
	VMOVDQU32 (DX), Z6
	VMOVDQA32 Z6, Z9
	VMOVDQA32 Z6, Z10
	VPERMI2PS Z14, Z13, Z6
	VPERMI2PS Z16, Z15, Z9
	VPERMI2PS Z18, Z17, Z10
	WEAR512
	DECQ CX
	JNZ few512
	JMP worn512

many512:
	VMOVDQU32 (DX), Z12
	LOOK512(BX, Z6)
	LOOK512(R10, Z9)
	LOOK512(R11, Z10)
	WEAR512
	DECQ CX
	JNZ many512

worn512:
	MOVQ R8, ret+72(FP)
	VZEROUPPER
	RET

// Eight columns of a row: the whole numbers that they add to sums, in Z0.
#define MOVED512 \
	VMOVUPS.Z (SI), K1, Y0 \
	VMOVUPS.Z (R8), K1, Y1 \
	VSUBPS Y1, Y0, Y0 \
	VCVTPS2PD Y0, Z0 \
	VMULPD Z2, Z0, Z0 \
	VMOVUPD.Z (BX), K1, Z1 \
	VMULPD Z1, Z0, Z0 \
	VCVTTPD2QQ Z0, Z0

#define EIGHT512 \
	MOVL $8, R9 \
	CMPQ CX, R9 \
	CMOVQLT CX, R9 \
	MOVL $1, AX \
	SHLXL R9, AX, AX \
	DECL AX \
	KMOVW AX, K1

// func move512(row, shift *float32, dims int, weight float64, scale *float64, in, out *int64)
TEXT ·move512(SB), NOSPLIT, $0-56
	MOVQ row+0(FP), SI
	MOVQ shift+8(FP), R8
	MOVQ dims+16(FP), CX
	VBROADCASTSD weight+24(FP), Z2
	MOVQ scale+32(FP), BX
	MOVQ in+40(FP), DI
	MOVQ out+48(FP), DX

move8:
	EIGHT512
	MOVED512
	VMOVDQU64.Z (DI), K1, Z1
	VPADDQ Z0, Z1, Z1
	VMOVDQU64 Z1, K1, (DI)
	TESTQ DX, DX
	JZ moved8
	VMOVDQU64.Z (DX), K1, Z1
	VPSUBQ Z0, Z1, Z1
	VMOVDQU64 Z1, K1, (DX)
	ADDQ $64, DX

moved8:
	ADDQ $32, SI
	ADDQ $32, R8
	ADDQ $64, BX
	ADDQ $64, DI
	SUBQ $8, CX
	JG move8
	VZEROUPPER
	RET

// func survey512(rows *float32, dims, n int, mask uint8, sum, square *float64, least, most *float32)
TEXT ·survey512(SB), NOSPLIT, $0-64
	MOVQ rows+0(FP), SI
	MOVQ dims+8(FP), R8
	SHLQ $2, R8
	MOVQ n+16(FP), CX
	MOVBLZX mask+24(FP), AX
	KMOVW AX, K1
	MOVQ sum+32(FP), DI
	MOVQ square+40(FP), DX
	MOVQ least+48(FP), R9
	MOVQ most+56(FP), R10
	VMOVUPD.Z (DI), K1, Z4
	VMOVUPD.Z (DX), K1, Z5
	VMOVUPS.Z (R9), K1, Y6
	VMOVUPS.Z (R10), K1, Y7

surveyed512:
	VMOVUPS.Z (SI), K1, Y0
	VCVTPS2PD Y0, Z1
	VADDPD Z1, Z4, Z4
	VMULPD Z1, Z1, Z1
	VADDPD Z1, Z5, Z5
	VMINPS Y6, Y0, Y6
	VMAXPS Y7, Y0, Y7
	ADDQ R8, SI
	DECQ CX
	JNZ surveyed512
	VMOVUPD Z4, K1, (DI)
	VMOVUPD Z5, K1, (DX)
	VMOVUPS Y6, K1, (R9)
	VMOVUPS Y7, K1, (R10)
	VZEROUPPER
	RET

// func squares512(rows *float32, dims, n int, label *int32, centers, square *float64)
TEXT ·squares512(SB), NOSPLIT, $0-48
	MOVQ rows+0(FP), SI
	MOVQ dims+8(FP), R8
	MOVQ n+16(FP), R10
	MOVQ label+24(FP), R11
	MOVQ centers+32(FP), R12
	MOVQ square+40(FP), DI
	MOVQ R8, R13
	SHLQ $3, R13            // bytes of a center

row512:
	MOVLQSX (R11), DX
	IMULQ R13, DX
	ADDQ R12, DX
	MOVQ R8, CX
	MOVQ SI, BX
	VPXORQ Z3, Z3, Z3

square8:
	EIGHT512
	VMOVUPS.Z (BX), K1, Y0
	VCVTPS2PD Y0, Z0
	VMOVUPD.Z (DX), K1, Z1
	VSUBPD Z1, Z0, Z0
	VMULPD Z0, Z0, Z0
	VADDPD Z0, Z3, Z3
	ADDQ $32, BX
	ADDQ $64, DX
	SUBQ $8, CX
	JG square8
	VEXTRACTF64X4 $1, Z3, Y0
	VADDPD Y0, Y3, Y3
	VEXTRACTF128 $1, Y3, X0
	VADDPD X0, X3, X3
	VPERMILPD $1, X3, X0
	VADDSD X0, X3, X3
	VMOVSD X3, (DI)
	LEAQ (SI)(R8*4), SI
	ADDQ $4, R11
	ADDQ $8, DI
	DECQ R10
	JNZ row512
	VZEROUPPER
	RET

// Scores of the 16 rows at R9 and 4 centers, in pairs of registers.
#define SCORES256 \
	VBROADCASTSS 0(BX), Y0 \
	VMOVAPS Y0, Y1 \
	VBROADCASTSS 4(BX), Y2 \
	VMOVAPS Y2, Y3 \
	VBROADCASTSS 8(BX), Y4 \
	VMOVAPS Y4, Y5 \
	VBROADCASTSS 12(BX), Y6 \
	VMOVAPS Y6, Y7

#define COLUMN256 \
	VMOVUPS (R9), Y8 \
	VMOVUPS 32(R9), Y9 \
	VBROADCASTSS 0(R10), Y10 \
	VBROADCASTSS 4(R10), Y11 \
	VBROADCASTSS 8(R10), Y12 \
	VBROADCASTSS 12(R10), Y13 \
	VFNMADD231PS Y8, Y10, Y0 \
	VFNMADD231PS Y9, Y10, Y1 \
	VFNMADD231PS Y8, Y11, Y2 \
	VFNMADD231PS Y9, Y11, Y3 \
	VFNMADD231PS Y8, Y12, Y4 \
	VFNMADD231PS Y9, Y12, Y5 \
	VFNMADD231PS Y8, Y13, Y6 \
	VFNMADD231PS Y9, Y13, Y7 \
	ADDQ $64, R9 \
	ADDQ $32, R10

// One center's scores in A and B: lowest in Y8 and Y9, second lowest in Y10 and Y11, whose in Y12 and Y13.
#define STEP256(A, B) \
	VMOVD AX, X14 \
	VPBROADCASTD X14, Y14 \
	INCL AX \
	VCMPPS $1, Y8, A, Y15 \
	VBLENDVPS Y15, Y14, Y12, Y12 \
	VMAXPS A, Y8, Y15 \
	VMINPS A, Y8, Y8 \
	VMINPS Y15, Y10, Y10 \
	VCMPPS $1, Y9, B, Y15 \
	VBLENDVPS Y15, Y14, Y13, Y13 \
	VMAXPS B, Y9, Y15 \
	VMINPS B, Y9, Y9 \
	VMINPS Y15, Y11, Y11

// func nearest256(tile *float32, dims int, centers, half *float32, groups *int32, n int, best *float32, at *int32, first, second *float32)
// The frame keeps the numbers of a group's lowest scores.
TEXT ·nearest256(SB), NOSPLIT, $64-80
	MOVQ tile+0(FP), SI
	MOVQ dims+8(FP), R11
	MOVQ groups+32(FP), R8
	MOVQ n+40(FP), R12
	MOVQ first+64(FP), R13
	MOVQ second+72(FP), R15
	MOVQ best+48(FP), DI
	MOVQ at+56(FP), DX
	MOVL $0x7f800000, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	VMOVUPS Y0, (DI)
	VMOVUPS Y0, 32(DI)
	VPXOR Y1, Y1, Y1
	VMOVDQU Y1, (DX)
	VMOVDQU Y1, 32(DX)

group256:
	MOVL $0x7f800000, AX
	VMOVD AX, X0
	VPBROADCASTD X0, Y0
	VMOVUPS Y0, (R13)
	VMOVUPS Y0, 32(R13)
	VMOVUPS Y0, (R15)
	VMOVUPS Y0, 32(R15)
	MOVLQSX (R8), AX
	MOVQ AX, BX
	SHLQ $5, BX
	ADDQ half+24(FP), BX
	MOVQ R11, R10
	SHLQ $5, R10
	IMULQ AX, R10
	ADDQ centers+16(FP), R10
	SHLL $3, AX
	VMOVD AX, X14
	VPBROADCASTD X14, Y14
	VMOVDQU Y14, 0(SP)
	VMOVDQU Y14, 32(SP)
	MOVQ $2, R14

half256:
	MOVQ SI, R9
	MOVQ R11, CX
	SCORES256

column256:
	COLUMN256
	DECQ CX
	JNZ column256
	MOVQ R11, CX
	SHLQ $5, CX
	SUBQ CX, R10
	ADDQ $16, R10           // the other four centers
	ADDQ $16, BX
	VMOVUPS (R13), Y8
	VMOVUPS 32(R13), Y9
	VMOVUPS (R15), Y10
	VMOVUPS 32(R15), Y11
	VMOVDQU 0(SP), Y12
	VMOVDQU 32(SP), Y13
	STEP256(Y0, Y1)
	STEP256(Y2, Y3)
	STEP256(Y4, Y5)
	STEP256(Y6, Y7)
	VMOVUPS Y8, (R13)
	VMOVUPS Y9, 32(R13)
	VMOVUPS Y10, (R15)
	VMOVUPS Y11, 32(R15)
	VMOVDQU Y12, 0(SP)
	VMOVDQU Y13, 32(SP)
	DECQ R14
	JNZ half256

	VMOVUPS (DI), Y0
	VMOVUPS 32(DI), Y1
	VMOVDQU (DX), Y2
	VMOVDQU 32(DX), Y3
	VCMPPS $1, Y0, Y8, Y4
	VBLENDVPS Y4, Y12, Y2, Y2
	VMINPS Y8, Y0, Y0
	VCMPPS $1, Y1, Y9, Y4
	VBLENDVPS Y4, Y13, Y3, Y3
	VMINPS Y9, Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	VMOVDQU Y2, (DX)
	VMOVDQU Y3, 32(DX)
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ group256
	VZEROUPPER
	RET

// func scores256(tile *float32, dims int, centers, half, out *float32)
TEXT ·scores256(SB), NOSPLIT, $0-40
	MOVQ tile+0(FP), SI
	MOVQ dims+8(FP), R11
	MOVQ centers+16(FP), R10
	MOVQ half+24(FP), BX
	MOVQ out+32(FP), DI
	MOVQ $2, R14

shalf256:
	MOVQ SI, R9
	MOVQ R11, CX
	SCORES256

scolumn256:
	COLUMN256
	DECQ CX
	JNZ scolumn256
	MOVQ R11, CX
	SHLQ $5, CX
	SUBQ CX, R10
	ADDQ $16, R10
	ADDQ $16, BX
	VMOVUPS Y0, 0(DI)
	VMOVUPS Y1, 32(DI)
	VMOVUPS Y2, 64(DI)
	VMOVUPS Y3, 96(DI)
	VMOVUPS Y4, 128(DI)
	VMOVUPS Y5, 160(DI)
	VMOVUPS Y6, 192(DI)
	VMOVUPS Y7, 224(DI)
	ADDQ $256, DI
	DECQ R14
	JNZ shalf256
	VZEROUPPER
	RET

// One half of the rows: norms in N, e in E, base in U, own group in O; leaves the least gap in R.
#define GAP256(OFFSET, N, E, U, O, R) \
	VMOVUPS OFFSET(R13), R \
	VMOVUPS OFFSET(R15), Y14 \
	VPCMPEQD Y12, O, Y15 \
	VBLENDVPS Y15, Y14, R, R \
	VADDPS R, R, R \
	VADDPS R, N, R \
	VSUBPS E, R, R \
	VMAXPS Y13, R, R \
	VSQRTPS R, R \
	VSUBPS U, R, R

#define BASE256(OFFSET, N, E, U, O) \
	VMOVUPS OFFSET(SI), N \
	VMULPS Y10, N, E \
	VADDPS Y11, E, E \
	VMOVUPS OFFSET(R9), U \
	VADDPS U, U, U \
	VADDPS U, N, U \
	VMAXPS Y13, U, U \
	VADDPS E, U, U \
	VSQRTPS U, U \
	VDIVPS U, E, O \
	VADDPS O, U, U \
	VMOVDQU OFFSET(R10), O \
	VPSRAD $3, O, O

// func gaps256(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, shift float32, gap *float32)
TEXT ·gaps256(SB), NOSPLIT, $0-72
	MOVQ norms+0(FP), SI
	MOVQ groups+8(FP), R8
	MOVQ n+16(FP), R12
	MOVQ best+24(FP), R9
	MOVQ at+32(FP), R10
	MOVQ first+40(FP), R13
	MOVQ second+48(FP), R15
	MOVQ gap+64(FP), DI
	VBROADCASTSS slack+56(FP), Y10
	VBROADCASTSS shift+60(FP), Y11
	VPXOR Y13, Y13, Y13
	BASE256(0, Y0, Y1, Y2, Y3)
	BASE256(32, Y4, Y5, Y6, Y7)

gap256:
	MOVLQSX (R8), AX
	VMOVD AX, X12
	VPBROADCASTD X12, Y12
	GAP256(0, Y0, Y1, Y2, Y3, Y8)
	GAP256(32, Y4, Y5, Y6, Y7, Y9)
	VMINPS Y8, Y9, Y9
	VEXTRACTF128 $1, Y9, X8
	VMINPS X8, X9, X9
	VPSHUFD $0x4e, X9, X8
	VMINPS X8, X9, X9
	VPSHUFD $0xb1, X9, X8
	VMINPS X8, X9, X9
	VMOVSS X9, (DI)(AX*4)
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ gap256
	VZEROUPPER
	RET

// The lower of the running least L and the rows' best other score in one group.
#define LEAST256(OFFSET, O, L) \
	VMOVUPS OFFSET(R13), Y8 \
	VMOVUPS OFFSET(R15), Y14 \
	VPCMPEQD Y12, O, Y15 \
	VBLENDVPS Y15, Y14, Y8, Y8 \
	VMINPS Y8, L, L

// One half of the rows, of the least other score L: what they are near to, and margins.
#define MARGIN256(OFFSET, L) \
	VMOVUPS OFFSET(SI), Y0 \
	VBROADCASTSS bounds<>+0(SB), Y4 \
	VMULPS Y0, Y4, Y4 \
	VBROADCASTSS bounds<>+4(SB), Y5 \
	VMULPS L, Y5, Y5 \
	VMAXPS Y5, Y4, Y4 \
	VMINPS Y10, Y4, Y4 \
	VADDPS Y0, Y4, Y4 \
	VMULPS Y11, Y4, Y4 \
	VBROADCASTSS bounds<>+8(SB), Y5 \
	VADDPS Y5, Y4, Y4 \
	VMOVUPS OFFSET(R9), Y5 \
	VADDPS Y5, Y5, Y5 \
	VADDPS Y5, Y0, Y5 \
	VMAXPS Y13, Y5, Y5 \
	VADDPS Y4, Y5, Y5 \
	VSQRTPS Y5, Y5 \
	VDIVPS Y5, Y4, Y6 \
	VADDPS Y6, Y5, Y5 \
	VMOVUPS Y5, OFFSET(DI) \
	VADDPS L, L, L \
	VADDPS L, Y0, L \
	VSUBPS Y4, L, L \
	VMAXPS Y13, L, L \
	VSQRTPS L, L \
	VSUBPS Y5, L, L \
	VMOVUPS L, OFFSET(DX)

// func margins256(norms *float32, groups *int32, n int, best *float32, at *int32, first, second *float32, slack, most float32, near, margin *float32)
TEXT ·margins256(SB), NOSPLIT, $0-80
	MOVQ norms+0(FP), SI
	MOVQ groups+8(FP), R8
	MOVQ n+16(FP), R12
	MOVQ best+24(FP), R9
	MOVQ at+32(FP), R10
	MOVQ first+40(FP), R13
	MOVQ second+48(FP), R15
	MOVQ near+64(FP), DI
	MOVQ margin+72(FP), DX
	VMOVDQU (R10), Y3
	VPSRAD $3, Y3, Y3
	VMOVDQU 32(R10), Y7
	VPSRAD $3, Y7, Y7       // own groups
	MOVL $0x7f800000, AX
	VMOVD AX, X9
	VPBROADCASTD X9, Y9     // least, of either half
	VMOVAPS Y9, Y2

margin256:
	VPBROADCASTD (R8), Y12
	LEAST256(0, Y3, Y9)
	LEAST256(32, Y7, Y2)
	ADDQ $64, R13
	ADDQ $64, R15
	ADDQ $4, R8
	DECQ R12
	JNZ margin256

	VPXOR Y13, Y13, Y13
	VBROADCASTSS most+60(FP), Y10
	VBROADCASTSS slack+56(FP), Y11
	MARGIN256(0, Y9)
	MARGIN256(32, Y2)
	VZEROUPPER
	RET

// Four columns of rows A, B, C and D of each quarter, turned into columns of sixteen rows
// in Z8 to Z11.
#define TURN512 \
	VUNPCKLPS Z1, Z0, Z4 \
	VUNPCKHPS Z1, Z0, Z5 \
	VUNPCKLPS Z3, Z2, Z6 \
	VUNPCKHPS Z3, Z2, Z7 \
	VUNPCKLPD Z6, Z4, Z8 \
	VUNPCKHPD Z6, Z4, Z9 \
	VUNPCKLPD Z7, Z5, Z10 \
	VUNPCKHPD Z7, Z5, Z11

// Where sixteen rows start, in the frame: R is the first of all, R12 the bytes of one.
#define POINT(I, R) \
	MOVLQSX (I*4)(SI), R8 \
	IMULQ R12, R8 \
	ADDQ R, R8 \
	MOVQ R8, (I*8)(SP)

#define POINTS(R) \
	POINT(0, R) \
	POINT(1, R) \
	POINT(2, R) \
	POINT(3, R) \
	POINT(4, R) \
	POINT(5, R) \
	POINT(6, R) \
	POINT(7, R) \
	POINT(8, R) \
	POINT(9, R) \
	POINT(10, R) \
	POINT(11, R) \
	POINT(12, R) \
	POINT(13, R) \
	POINT(14, R) \
	POINT(15, R)

#define ROWS512(A, B, C, D, X, Z) \
	MOVQ (A*8)(SP), R8 \
	MOVQ (B*8)(SP), R9 \
	MOVQ (C*8)(SP), R10 \
	MOVQ (D*8)(SP), R11 \
	VMOVUPS (R8)(AX*1), X \
	VINSERTF32X4 $1, (R9)(AX*1), Z, Z \
	VINSERTF32X4 $2, (R10)(AX*1), Z, Z \
	VINSERTF32X4 $3, (R11)(AX*1), Z, Z

#define KEEP512(OFFSET, Z) \
	VSUBPS.BCST OFFSET(BX), Z, Z \
	VMOVUPS Z, (OFFSET*16)(DI) \
	VMULPS Z, Z, Z13 \
	VADDPS Z13, Z12, Z12

// func lay512(rows *float32, dims int, which *int32, shift *float32, fours int, tile, norms *float32)
TEXT ·lay512(SB), NOSPLIT, $128-56
	MOVQ rows+0(FP), DX
	MOVQ dims+8(FP), R12
	SHLQ $2, R12
	MOVQ which+16(FP), SI
	POINTS(DX)
	MOVQ shift+24(FP), BX
	MOVQ fours+32(FP), CX
	MOVQ tile+40(FP), DI
	VPXORD Z12, Z12, Z12
	XORQ AX, AX
	TESTQ CX, CX
	JZ laid512

four512:
	ROWS512(0, 4, 8, 12, X0, Z0)
	ROWS512(1, 5, 9, 13, X1, Z1)
	ROWS512(2, 6, 10, 14, X2, Z2)
	ROWS512(3, 7, 11, 15, X3, Z3)
	TURN512
	KEEP512(0, Z8)
	KEEP512(4, Z9)
	KEEP512(8, Z10)
	KEEP512(12, Z11)
	ADDQ $16, AX
	ADDQ $16, BX
	ADDQ $256, DI
	DECQ CX
	JNZ four512

laid512:
	MOVQ norms+48(FP), DI
	VMOVUPS Z12, (DI)
	VZEROUPPER
	RET

#define TURN256 \
	VUNPCKLPS Y1, Y0, Y4 \
	VUNPCKHPS Y1, Y0, Y5 \
	VUNPCKLPS Y3, Y2, Y6 \
	VUNPCKHPS Y3, Y2, Y7 \
	VUNPCKLPD Y6, Y4, Y8 \
	VUNPCKHPD Y6, Y4, Y9 \
	VUNPCKLPD Y7, Y5, Y10 \
	VUNPCKHPD Y7, Y5, Y11

#define ROWS256(A, B, X, Y) \
	MOVQ (A*8)(SI), R8 \
	MOVQ (B*8)(SI), R9 \
	VMOVUPS (R8)(AX*1), X \
	VINSERTF128 $1, (R9)(AX*1), Y, Y

#define KEEP256(OFFSET, Y) \
	VBROADCASTSS OFFSET(BX), Y13 \
	VSUBPS Y13, Y, Y \
	VMOVUPS Y, (OFFSET*16)(DI) \
	VMULPS Y, Y, Y13 \
	VADDPS Y13, Y12, Y12

// func lay256(rows *float32, dims int, which *int32, shift *float32, fours int, tile, norms *float32)
TEXT ·lay256(SB), NOSPLIT, $128-56
	MOVQ rows+0(FP), DX
	MOVQ dims+8(FP), R12
	SHLQ $2, R12
	MOVQ which+16(FP), SI
	POINTS(DX)
	MOVQ SP, SI
	MOVQ norms+48(FP), R12
	MOVQ tile+40(FP), R13
	MOVQ $2, DX

eight256:
	MOVQ shift+24(FP), BX
	MOVQ fours+32(FP), CX
	MOVQ R13, DI
	VXORPS Y12, Y12, Y12
	XORQ AX, AX
	TESTQ CX, CX
	JZ laid256

four256:
	ROWS256(0, 4, X0, Y0)
	ROWS256(1, 5, X1, Y1)
	ROWS256(2, 6, X2, Y2)
	ROWS256(3, 7, X3, Y3)
	TURN256
	KEEP256(0, Y8)
	KEEP256(4, Y9)
	KEEP256(8, Y10)
	KEEP256(12, Y11)
	ADDQ $16, AX
	ADDQ $16, BX
	ADDQ $256, DI
	DECQ CX
	JNZ four256

laid256:
	VMOVUPS Y12, (R12)
	ADDQ $32, R12
	ADDQ $32, R13
	ADDQ $64, SI
	DECQ DX
	JNZ eight256
	VZEROUPPER
	RET

// func fetch(rows *float32, dims int, which *int32)
// A row may begin and end anywhere in a line of 64 bytes.
TEXT ·fetch(SB), NOSPLIT, $0-24
	MOVQ rows+0(FP), DX
	MOVQ dims+8(FP), R12
	SHLQ $2, R12
	MOVQ which+16(FP), SI
	MOVQ $16, CX

row:
	MOVLQSX (SI), R8
	IMULQ R12, R8
	ADDQ DX, R8
	LEAQ -4(R8)(R12*1), R9  // the last column

line:
	PREFETCHT0 (R8)
	ADDQ $64, R8
	CMPQ R8, R9
	JLS line
	PREFETCHT0 (R9)
	ADDQ $4, SI
	DECQ CX
	JNZ row
	RET
